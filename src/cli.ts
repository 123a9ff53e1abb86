import { Command, CommanderError, Option } from 'commander';
import { type FoundEvidence, findEvidence } from './adapters/find-evidence.ts';
import { jsonOf, textOf } from './adapters/given-files.ts';
import { endWith, say } from './adapters/terminal.ts';
import { addPolicyCommands } from './cli-policy.ts';
import { asPassportError, PassportError } from './errors.ts';
import { DECISION_KINDS, type DecisionKind } from './evidence/audited.ts';
import type { Expectations } from './evidence/expectations.ts';
import type { DbtRunPredicate } from './evidence/predicate.ts';
import type { SigningJob, Trust } from './evidence/trust.ts';
import { Checklist, exitCode, type Verdict, worstExit } from './evidence/verdict.ts';
import { verdictJson, verdictsJson, verdictsText, verdictText } from './evidence/verdict-text.ts';
import { verifyEvidence } from './evidence/verify.ts';
import { TOOL } from './version.ts';

/** Exit code for a command that was called wrongly. */
const USAGE = 2;
/** Oldest major version of Node, as in `engines` of package.json. */
const NODE = 24;

interface VerifyOptions {
  readonly key?: string;
  readonly trustedRoot?: string;
  readonly identity?: string;
  readonly issuer?: string;
  readonly signedBy?: SigningJob;
  readonly expectStatus?: DbtRunPredicate['status'];
  readonly expectRepository?: string;
  readonly expectRepositoryId?: string;
  readonly expectEnvironment?: string;
  readonly expectWorkflow?: string;
  readonly expectSignerSha?: string;
  readonly expectPolicy?: string;
  readonly expectDecision?: DecisionKind;
  readonly expectCredentials?: NonNullable<Expectations['credentials']>;
  readonly json?: boolean;
}

async function verify(path: string, options: VerifyOptions): Promise<void> {
  const trust = await trustOf(options);
  const { artifacts, others } = await findEvidence(path);
  const expect = expectationsOf(options);
  const [only, ...more] = artifacts;
  // What a person named itself is judged as ever, and its fault is the command's.
  if (only !== undefined && only.name === '' && more.length === 0) {
    const verdict = await verifyEvidence(await only.files(), trust, expect);
    say(options.json === true ? verdictJson(verdict) : verdictText(verdict));
    endWith(exitCode(verdict));
    return;
  }
  const found: { readonly artifact: string; readonly verdict: Verdict }[] = [];
  // One after the other: each may be as large as memory allows.
  for (const { name, files } of artifacts)
    found.push({ artifact: name, verdict: await judged(files, trust, expect) });
  say(options.json === true ? verdictsJson(found, others) : verdictsText(found, others));
  endWith(worstExit(found.map(({ verdict }) => verdict)));
}

/** One of several that cannot be read is one that is not authentic; the others are judged all the same. */
async function judged(files: FoundEvidence['files'], trust: Trust, expect: Expectations): Promise<Verdict> {
  const read = await files().catch((thrown: unknown) => asPassportError(thrown));
  if (!(read instanceof PassportError)) return await verifyEvidence(read, trust, expect);
  if (read.code !== 'ERR_EVIDENCE_INVALID') throw read;
  const list = new Checklist();
  list.failed('archive', read.message);
  return { authentic: false, matches: false, signer: '', checks: list.checks, predicate: null };
}

function expectationsOf(options: VerifyOptions): Expectations {
  return {
    ...(options.expectStatus && { status: options.expectStatus }),
    ...(options.expectRepository && { repository: options.expectRepository }),
    ...(options.expectRepositoryId && { repositoryId: options.expectRepositoryId }),
    ...(options.expectEnvironment && { environment: options.expectEnvironment }),
    ...(options.expectWorkflow && { workflow: options.expectWorkflow }),
    ...(options.expectSignerSha && { signerSha: options.expectSignerSha }),
    ...(options.expectCredentials && { credentials: options.expectCredentials }),
    ...(options.expectDecision && { decision: options.expectDecision }),
    ...(options.expectPolicy && { policySha256: options.expectPolicy }),
  };
}

async function trustOf({ key, trustedRoot, identity, issuer, signedBy }: VerifyOptions): Promise<Trust> {
  const root = trustedRoot === undefined ? undefined : await jsonOf(trustedRoot);
  if (key !== undefined) {
    if (signedBy === 'separate-job') throw new PassportError('ERR_INPUT_INVALID', KEY_NAMES_NO_JOB);
    const pem = await textOf(key);
    return root === undefined ? { kind: 'key', pem } : { kind: 'key', pem, trustedRoot: root };
  }
  if (root !== undefined) {
    const signer = { identity: identity ?? '', issuer: issuer ?? '' };
    return { kind: 'root', trustedRoot: root, ...signer, ...(signedBy && { signedBy }) };
  }
  throw new PassportError('ERR_INPUT_INVALID', 'expected --key or --trusted-root, got neither', {
    hint: 'Without something that you trust, a signature proves nothing. See docs/verify.md.',
  });
}

const KEY_NAMES_NO_JOB =
  'expected --trusted-root beside --signed-by separate-job, got --key: no certificate says which job held the key';

function program(): Command {
  const cli = new Command('dbt-passport')
    .description('Checks evidence of dbt runs and the policies that allow them. Works offline.')
    .version(TOOL.version)
    .showHelpAfterError('(add --help for what the command takes)')
    .exitOverride();
  cli
    .command('verify <folder-or-zip>')
    .description(
      'Is this the whole, unchanged record of a run, and is it the run you expect? Also: each of a folder of them',
    )
    .option('--key <pem>', 'public key that you pinned')
    .option('--trusted-root <json>', 'Sigstore trusted root that you pinned')
    .option('--identity <uri>', 'exact certificate identity: the workflow that signed')
    .option('--issuer <url>', 'exact OIDC issuer in the certificate')
    .addOption(new Option('--signed-by <job>', 'which job signed (default: same-job)').choices(SIGNING_JOBS))
    .addOption(
      new Option('--expect-status <status>', 'how the run ended (default: succeeded)').choices(STATUSES),
    )
    .option('--expect-repository <owner/name>', 'repository of the run')
    .option('--expect-repository-id <id>', 'its id, which survives a rename')
    .option('--expect-environment <name>', 'deployment environment of the run')
    .option('--expect-workflow <owner/repo/path@ref>', 'workflow of the job that ran dbt')
    .option('--expect-signer-sha <sha>', 'commit of the workflow that signed')
    .option('--expect-policy <sha256>', 'digest of the policy that must have been applied')
    .addOption(
      new Option('--expect-credentials <source>', 'where its credentials came from').choices(SOURCES),
    )
    .addOption(
      new Option('--expect-decision <kind>', 'what the policy made of it (default: all but audited)').choices(
        DECISION_KINDS,
      ),
    )
    .option('--json', 'the verdict as JSON')
    .addHelpText('after', VERIFY_CODES)
    .action(verify);
  addPolicyCommands(cli);
  return cli;
}

const STATUSES = ['succeeded', 'failed', 'denied', 'cancelled', 'dry-run', 'auth-only'];
const SIGNING_JOBS: readonly SigningJob[] = ['same-job', 'separate-job'];
const SOURCES = ['federated', 'ambient', 'none'];

const VERIFY_CODES = `
Exit codes:
  0  authentic, and the run you expect
  1  not authentic: changed, incomplete, or not signed by whom you trust
  2  the command was called wrongly
  3  authentic, but another run than you expect: denied, also if audit mode let it go on; failed; other repository
A folder or a zip with several artifacts has a verdict for each, and the worst of their codes: 1, then 3, then 0.`;

function fail(thrown: unknown): void {
  if (thrown instanceof CommanderError) {
    process.exitCode = thrown.exitCode === 0 ? 0 : USAGE;
    return;
  }
  const error = asPassportError(thrown);
  const hint = error.hint === undefined ? '' : `\n  ${error.hint}`;
  process.stderr.write(`${error.code}: ${error.message}${hint}\n  ${error.docs}\n`);
  process.exitCode = error.code === 'ERR_EVIDENCE_INVALID' || error.code === 'ERR_POLICY_INVALID' ? 1 : USAGE;
}

/** An older Node would fail somewhere inside, with nothing to go by. */
async function main(): Promise<void> {
  if (Number.parseInt(process.versions.node, 10) < NODE) {
    throw new PassportError('ERR_INPUT_INVALID', `expected Node ${NODE} or newer, got ${process.version}`, {
      hint: `Install Node ${NODE}; in a workflow: actions/setup-node with node-version: "${NODE}".`,
    });
  }
  await program().parseAsync();
}

await main().catch(fail);
