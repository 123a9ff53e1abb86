import { PassportError } from './errors.ts';
import type { Trust } from './evidence/trust.ts';
import type { PolicyPins } from './policy/source/pins.ts';
import { Secret } from './secret.ts';
import { plain } from './untrusted.ts';

/** Every input of action.yml with its default there; the two tokens get the job's own instead. */
export const INPUT_DEFAULTS = {
  policy: '.github/dbt-passport.yml',
  'policy-token': '',
  'github-token': '',
  'policy-sha256': '',
  'policy-min-serial': '',
  'policy-signer-key': '',
  'policy-signer-identity': '',
  'policy-signer-issuer': '',
  'policy-trusted-root': '',
  environment: '',
  command: 'build',
  'project-dir': '.',
  dbt: '',
  signing: 'auto',
  'signing-key': '',
  'fulcio-url': '',
  'rekor-url': '',
  'tsa-url': '',
  'allow-public-log': 'false',
  'artifact-name': 'dbt-passport',
  'retention-days': '',
  mode: 'run',
  'artifact-id': '',
  'artifact-digest': '',
} as const;
export type InputName = keyof typeof INPUT_DEFAULTS;

/** `run`: everything. `dry-run`: up to the plan, no credential. `auth-only`: the decision and the credentials, no dbt. */
export const MODES = ['run', 'dry-run', 'auth-only'] as const;
export type Mode = (typeof MODES)[number];
/** The mode that runs nothing: it signs the record of another job. Its inputs are in sign-inputs.ts. */
export const SIGN_MODE = 'sign';

/** `deferred`: not here; another job of the run signs. */
export const SIGNING_MODES = ['auto', 'key', 'github', 'public-good', 'custom', 'deferred'] as const;

/** The inputs of a run, read once. Texts are as the workflow gives them, without white space around. */
export interface Inputs {
  readonly policy: string;
  readonly policyToken: Secret | undefined;
  /** The job's own token: asks GitHub who started this attempt of the run. */
  readonly githubToken: Secret | undefined;
  readonly policyPins: PolicyPins;
  /** The environment that the caller believes to be in; the token's claim must be the same. */
  readonly environment?: string;
  /** dbt commands, one a line. */
  readonly command: string;
  readonly projectDir: string;
  /** The dbt to use; empty for the one on PATH. */
  readonly dbt: string;
  readonly signing: (typeof SIGNING_MODES)[number];
  /** PEM of a private key, for `signing: key`. */
  readonly signingKey: Secret | undefined;
  /** Services of `signing: custom`. */
  readonly fulcioUrl: string;
  readonly rekorUrl: string;
  readonly tsaUrl: string;
  readonly allowPublicLog: boolean;
  /** How the artifact's name starts; see artifact-name.ts. */
  readonly artifactName: string;
  /** Days; the repository's setting when undefined. */
  readonly retentionDays?: number;
  readonly mode: Mode;
}

/**
 * Reads the inputs through `get` (`@actions/core` getInput: trimmed, empty when not given).
 * @throws PassportError ERR_INPUT_INVALID naming the input, what was expected and what came.
 */
export function readInputs(get: (name: InputName) => string): Inputs {
  const read = (name: InputName) => get(name).trim() || INPUT_DEFAULTS[name];
  const environment = plainText('environment', read('environment'), 255);
  const retentionDays = wholeNumber('retention-days', read('retention-days'), 1, 400);
  const inputs: Inputs = {
    policy: plainText('policy', read('policy'), 1024),
    policyToken: secret(read('policy-token')),
    githubToken: secret(read('github-token')),
    policyPins: policyPins(read),
    ...(environment === '' ? {} : { environment }),
    command: read('command'),
    projectDir: plainText('project-dir', read('project-dir'), 1024),
    dbt: plainText('dbt', read('dbt'), 1024),
    signing: oneOf('signing', read('signing'), SIGNING_MODES),
    signingKey: secret(read('signing-key')),
    fulcioUrl: serviceUrl('fulcio-url', read('fulcio-url')),
    rekorUrl: serviceUrl('rekor-url', read('rekor-url')),
    tsaUrl: serviceUrl('tsa-url', read('tsa-url')),
    allowPublicLog: trueOrFalse('allow-public-log', read('allow-public-log')),
    artifactName: artifactPrefix(read('artifact-name')),
    ...(retentionDays === undefined ? {} : { retentionDays }),
    mode: oneOf('mode', read('mode'), MODES, [...MODES, SIGN_MODE]),
  };
  for (const name of ['artifact-id', 'artifact-digest'] as const)
    if (read(name) !== '') throw invalid(name, `nothing, because mode is ${inputs.mode}`, read(name));
  checkSigning(inputs);
  return inputs;
}

function policyPins(read: (name: InputName) => string): PolicyPins {
  const sha256 = read('policy-sha256');
  if (!/^([0-9a-f]{64})?$/.test(sha256))
    throw invalid('policy-sha256', '64 hex digits in lower case', sha256);
  const minSerial = wholeNumber('policy-min-serial', read('policy-min-serial'), 1, 999_999_999_999_999);
  const signer = policySigner(read);
  return {
    ...(sha256 !== '' && { sha256 }),
    ...(minSerial !== undefined && { minSerial }),
    ...(signer !== undefined && { signer }),
  };
}

/** A signer that is half given is refused: it would be taken for one that is demanded. */
function policySigner(read: (name: InputName) => string): Trust | undefined {
  const pem = read('policy-signer-key');
  const identity = plainText('policy-signer-identity', read('policy-signer-identity'), 1024);
  const issuer = plainText('policy-signer-issuer', read('policy-signer-issuer'), 1024);
  const root = read('policy-trusted-root');
  const trustedRoot = root === '' ? undefined : json('policy-trusted-root', root);
  if (pem !== '' && identity + issuer === '')
    return { kind: 'key', pem, ...(trustedRoot !== undefined && { trustedRoot }) };
  if (pem !== '') throw invalid('policy-signer-key', 'either a key or an identity with its issuer', 'both');
  if (identity !== '' && issuer !== '' && trustedRoot !== undefined)
    return { kind: 'root', identity, issuer, trustedRoot };
  if (identity + issuer + root === '') return undefined;
  throw invalid(
    'policy-signer-identity',
    'policy-signer-identity, policy-signer-issuer and policy-trusted-root together',
    'a part of them',
  );
}

function json(name: InputName, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw invalid(name, 'the JSON text of a Sigstore trusted root', text);
  }
}

/** Inputs that contradict each other are refused: a key that is not used is a surprise waiting. */
function checkSigning(inputs: Inputs): void {
  const urls = [inputs.fulcioUrl, inputs.rekorUrl, inputs.tsaUrl].filter((url) => url !== '');
  if (inputs.signing === 'key' && inputs.signingKey === undefined) {
    throw invalid('signing-key', 'a PEM private key, because signing is key', '');
  }
  if (inputs.signingKey !== undefined && inputs.signing !== 'key' && inputs.signing !== 'auto') {
    throw invalid('signing-key', `no key, because signing is ${inputs.signing}`, '[secret]');
  }
  if (inputs.signing === 'custom' && (inputs.fulcioUrl === '' || urls.length < 2)) {
    throw invalid('signing', 'fulcio-url and one of rekor-url and tsa-url beside custom', 'custom alone');
  }
  const own = inputs.signing === 'custom' ? urls : inputs.signingKey === undefined ? [] : [inputs.tsaUrl];
  if (urls.some((url) => !own.includes(url))) {
    throw invalid('signing', 'custom for these URLs (a key goes with tsa-url only)', inputs.signing);
  }
}

function secret(value: string): Secret | undefined {
  return value === '' ? undefined : new Secret(value);
}

function plainText(name: InputName, value: string, limit: number): string {
  if (plain(value, limit) === value) return value;
  throw invalid(name, `one line of at most ${limit} characters without control characters`, value);
}

function oneOf<T extends string>(
  name: InputName,
  value: string,
  allowed: readonly T[],
  known: readonly string[] = allowed,
): T {
  const found = allowed.find((item) => item === value);
  if (found !== undefined) return found;
  throw invalid(name, `one of ${known.join(', ')}`, value);
}

/** Only the two words: YAML's other booleans are a guess away from the opposite. */
function trueOrFalse(name: InputName, value: string): boolean {
  return oneOf(name, value, ['true', 'false']) === 'true';
}

function wholeNumber(name: InputName, value: string, least: number, most: number): number | undefined {
  if (value === '') return undefined;
  const number = /^[1-9][0-9]{0,14}$/.test(value) ? Number(value) : 0;
  if (number >= least && number <= most) return number;
  throw invalid(name, `a whole number from ${least} to ${most}`, value);
}

const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];

/** An https URL; http only where the traffic does not leave the machine. */
function serviceUrl(name: InputName, value: string): string {
  if (value === '') return '';
  const url = URL.parse(value);
  const safe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.includes(url.hostname));
  if (url !== null && safe && url.username === '' && url.password === '') return value;
  throw invalid(name, 'an https URL without a user name', value);
}

/** Characters that artifact names may not have: actions/toolkit, artifact name validation. */
function artifactPrefix(value: string): string {
  if (/^[^"<>:|*?\\/\p{C}]{1,100}$/u.test(value)) return value;
  throw invalid('artifact-name', 'at most 100 characters, none of " : < > | * ? \\ /', value);
}

/** The refusal of an input: what was expected, and what came. */
export function invalid(name: InputName, expected: string, actual: string): PassportError {
  const got = actual === '' ? 'nothing' : `\`${plain(actual, 100)}\``;
  return new PassportError('ERR_INPUT_INVALID', `input ${name}: expected ${expected}, got ${got}`, {
    hint: `Change \`${name}\` under \`with:\` in the workflow; docs/action.md lists what each input takes.`,
  });
}
