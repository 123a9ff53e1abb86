import { PassportError } from '../errors.ts';
import type { Rule } from '../policy/policy.ts';
import { mayPass, passesByItself } from './environment.ts';
import type { RunFact } from './invocation.ts';

/** dbt's words for a variable that nobody gave; a name that a variable can have. */
const MISSING = /Env var required but not provided: '([A-Za-z_][A-Za-z0-9_]{0,200})'/;

/** Where the variable could have come from. */
export interface Whence {
  /** The environment of the job. */
  readonly job: Readonly<Record<string, string | undefined>>;
  readonly rule: Pick<Rule, 'id' | 'line' | 'lines' | 'dbt'>;
  /** Of the policy, as it is shown. */
  readonly source: string;
}

/**
 * The same error with what to do about a variable that the project asked for and dbt did not have: only the job's
 * environment and the rule tell whether nobody set it, or it was kept from dbt. Any other error as it is.
 */
export function explainMissingVariable(
  error: PassportError,
  runs: readonly RunFact[],
  whence: Whence,
): PassportError {
  const name = missingFrom(error, runs);
  if (name === null) return error;
  const { rule, source } = whence;
  const line = rule.lines.get('dbt') ?? rule.line;
  return new PassportError(error.code, error.message, {
    reason: 'VARIABLE',
    hint: hintFor(name, whence, `\`dbt.env\` of the rule ${rule.id} (${source}:${line})`),
    place: { file: source, line },
    ...(error.explanation && { explanation: error.explanation }),
    cause: error.cause,
  });
}

function hintFor(name: string, { job, rule }: Whence, list: string): string {
  const isSet = job[name] !== undefined;
  if (isSet && !mayPass(name))
    return `\`${name}\` is set in the job, and no rule can pass it to dbt: give the project the value under another name.`;
  if (isSet) return `\`${name}\` is set in the job but not passed to dbt: add it to ${list}.`;
  const set = `\`${name}\` is not set in the job: set it under \`env:\` of the step`;
  const passes = passesByItself(name) || rule.dbt.env.includes(name);
  return `${set}${passes ? '' : `, and add it to ${list}`}; or give env_var() a default.`;
}

/** The variable that an error is about. Only what ran last can have stopped the run. */
function missingFrom(error: PassportError, runs: readonly RunFact[]): string | null {
  if (error.code === 'ERR_DBT_PLAN_FAILED') return nameIn(error.message);
  const last = runs.at(-1);
  if (error.code !== 'ERR_DBT_FAILED' || last === undefined) return null;
  const failed = (last.artifacts?.runResults?.results ?? []).filter(({ status }) => status === 'failed');
  const found = failed.map(({ message }) => nameIn(message)).find((name) => name !== null);
  if (failed.length > 0) return found ?? null;
  // Nothing ran: then what dbt said stands in its log alone.
  const log = last.invocation.files.find((file) => file.name === 'dbt.log');
  return log === undefined ? null : nameIn(new TextDecoder().decode(log.bytes));
}

function nameIn(text: string): string | null {
  return MISSING.exec(text)?.[1] ?? null;
}
