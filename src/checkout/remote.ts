/**
 * The repository that a remote's address is of: `owner/name` on the server of the run, else host and path. Nothing of the address
 * that could be a credential is kept. Empty when it is no address of a repository on some host.
 */
export function repositoryOf(remote: string, serverUrl: string): string {
  const scp = /^(?:[^@/\s]+@)?([^:/\s]+):(?![/:])(.+)$/.exec(remote);
  const url = URL.parse(scp === null ? remote : `ssh://${scp[1]}/${scp[2]}`);
  if (url === null || !['https:', 'http:', 'ssh:', 'git:'].includes(url.protocol)) return '';
  const path = url.pathname.replace(/^\/+|\/+$/g, '').replace(/\.git$/, '');
  if (path === '') return '';
  const sameHost = url.hostname === URL.parse(serverUrl)?.hostname;
  return sameHost && /^[^/]+\/[^/]+$/.test(path) ? path : `${url.hostname}/${path}`;
}
