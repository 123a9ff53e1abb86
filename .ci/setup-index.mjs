// Where this machine gets Python packages from: what pip is told here, said in uv's words.

/** pip's setting and uv's variable for it; several values are parted by `join`. */
const SETTINGS = [
  ['index-url', 'UV_DEFAULT_INDEX'],
  ['extra-index-url', 'UV_INDEX', ' '],
  ['no-index', 'UV_NO_INDEX'],
  ['find-links', 'UV_FIND_LINKS', ','],
  ['trusted-host', 'UV_INSECURE_HOST', ' '],
  ['timeout', 'UV_HTTP_TIMEOUT'],
  ['cert', 'SSL_CERT_FILE'],
  ['client-cert', 'SSL_CLIENT_CERT'],
  ['proxy', 'ALL_PROXY'],
];

/** Later ones win, as in pip. */
const SECTIONS = ['global', 'install', ':env:'];

/**
 * `listed` is what `pip config list` prints: lines such as `global.index-url='https://…'`. A setting that the
 * caller's own variables make stays as it is. `isThere` tells whether a local path exists: pip passes over a
 * folder of wheels that does not, uv ends.
 */
export function uvEnvironment(listed, env, isThere) {
  const values = new Map();
  for (const section of SECTIONS) {
    for (const line of listed.split('\n')) {
      const [, name, value] = /^([^=]+)='(.*)'\s*$/.exec(line) ?? [];
      if (name?.startsWith(`${section}.`)) values.set(name.slice(section.length + 1), value);
    }
  }
  const found = SETTINGS.flatMap(([setting, variable, join]) => {
    const words = (values.get(setting) ?? '').split(/\\n|\s+/).filter((word) => word !== '');
    const kept =
      setting === 'find-links' ? words.filter((word) => /^\w+:/.test(word) || isThere(word)) : words;
    return kept.length === 0 ? [] : [[variable, join === undefined ? kept.join(' ') : kept.join(join)]];
  });
  return {
    // The same certificates as pip, and, as in pip, any index may have the version that the hash names.
    ...{ UV_SYSTEM_CERTS: 'true', UV_INDEX_STRATEGY: 'unsafe-best-match' },
    ...Object.fromEntries(found),
    ...env,
    // A Python that nobody installed here is not downloaded.
    UV_PYTHON_DOWNLOADS: 'never',
  };
}
