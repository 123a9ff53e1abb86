import { INPUT_DEFAULTS, type InputName, type Inputs, invalid, readInputs, SIGN_MODE } from './inputs.ts';

/** The inputs of `mode: sign`. */
export interface SignInputs extends Omit<Inputs, 'signing'> {
  readonly signing: Exclude<Inputs['signing'], 'deferred'>;
  /** The artifact of this run that holds the unsigned record. */
  readonly artifact: ArtifactReference;
}

/** An artifact by its id, with the digest of its archive as the job that uploaded it was told. */
export interface ArtifactReference {
  readonly id: string;
  /** `sha256:` and hex digits. */
  readonly digest: string;
}

/** What signing takes. Any other input would be a wish that nothing here fulfils. */
const TAKEN: readonly InputName[] = [
  'mode',
  'artifact-id',
  'artifact-digest',
  'signing',
  'signing-key',
  'fulcio-url',
  'rekor-url',
  'tsa-url',
  'allow-public-log',
  'artifact-name',
  'retention-days',
  // Always there: their default is the token of the job. Nothing here uses them.
  'policy-token',
  'github-token',
];

/**
 * Reads them through `get`, as `readInputs` does.
 * @throws PassportError ERR_INPUT_INVALID naming the input, what was expected and what came.
 */
export function readSignInputs(get: (name: InputName) => string): SignInputs {
  const read = (name: InputName) => get(name).trim();
  for (const name of Object.keys(INPUT_DEFAULTS) as InputName[]) {
    const given = read(name);
    if (!TAKEN.includes(name) && given !== '' && given !== INPUT_DEFAULTS[name])
      throw invalid(name, `nothing, because mode is ${SIGN_MODE}`, given);
  }
  const own: readonly InputName[] = ['mode', 'artifact-id', 'artifact-digest'];
  const { signing, ...rest } = readInputs((name) => (own.includes(name) ? '' : get(name)));
  if (signing === 'deferred') throw invalid('signing', `how to sign, because mode is ${SIGN_MODE}`, signing);
  const artifact = { id: read('artifact-id'), digest: read('artifact-digest') };
  // A number that JavaScript holds exactly.
  if (!/^[1-9][0-9]{0,14}$/.test(artifact.id))
    throw invalid(
      'artifact-id',
      "the id of an artifact of this run, such as the other job's output",
      artifact.id,
    );
  if (!/^sha256:[0-9a-f]{64}$/.test(artifact.digest))
    throw invalid('artifact-digest', 'sha256: and 64 hex digits in lower case', artifact.digest);
  return { ...rest, signing, artifact };
}
