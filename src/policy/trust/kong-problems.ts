import { plain } from '../../untrusted.ts';
import { valuesOf } from './clauses.ts';
import { serviceName } from './kong-names.ts';
import type { KongOptions } from './kong-options.ts';
import type { Principal } from './principals.ts';
import type { RenderRequest, TrustProblem } from './rendered.ts';

type Level = TrustProblem['level'];

/** What Kong would refuse, or a person must know before it is loaded. */
export function kongProblems({ principals, options }: RenderRequest): readonly TrustProblem[] {
  const open = new Map(
    principals
      .flatMap(({ ways }) => ways)
      .filter(({ checked }) => valuesOf(checked, 'sub').length === 0)
      .map(({ rule }) => [rule.id, rule.line] as const),
  );
  return [
    ...[...open].map(([id, line]) =>
      problem(
        'error',
        line,
        `nothing is written for the rule ${id}: a part of sub is left open, and Kong finds a consumer by the whole of it`,
      ),
    ),
    ...clashes(principals),
    ...keyProblems(options),
    ...(options.upstream === undefined
      ? [problem('error', 1, 'allowed requests go nowhere; name where with --upstream')]
      : []),
    problem(
      'note',
      1,
      'Kong fetches no keys: when the issuer changes them its tokens are refused until this is rendered and loaded again',
    ),
  ];
}

/** Two environments that one path would serve. */
function clashes(principals: readonly Principal[]): readonly TrustProblem[] {
  const seen = new Map<string, string>();
  return principals.flatMap((principal) => {
    const path = serviceName(principal);
    const other = seen.get(path);
    seen.set(path, principal.name);
    if (other === undefined) return [];
    const line = Math.min(...principal.ways.map(({ rule }) => rule.line));
    return [problem('error', line, `${plain(other)} and ${plain(principal.name)} would both be ${path}`)];
  });
}

function keyProblems({ keys = [], bind }: KongOptions): readonly TrustProblem[] {
  if (keys.length === 0)
    return [problem('error', 1, 'Kong fetches no keys; give the key set of the issuer with --jwks')];
  if (bind === 'kid' || keys.length === 1) return [];
  const kids = keys.map(({ kid }) => plain(kid)).join(', ');
  return [
    problem(
      'error',
      1,
      `Kong keeps one key for each subject and the issuer has ${keys.length} (${kids}); bind by kid, or choose one`,
    ),
  ];
}

function problem(level: Level, line: number, message: string): TrustProblem {
  return { level, target: 'kong', line, message };
}
