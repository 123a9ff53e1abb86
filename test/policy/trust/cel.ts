import { celEnv, parse, plan } from '@bufbuild/cel';

/** An expression over `assertion`, the claims of a token, by somebody else's evaluator; what fails is an Error. */
export function cel(expression: string): (assertion: Readonly<Record<string, unknown>>) => unknown {
  const evaluate = plan(celEnv(), parse(expression));
  return (assertion) => evaluate({ assertion: new Map(Object.entries(assertion)) as never });
}
