import type { Request } from './request.ts';
import { Secret } from './secret.ts';

/** What the step itself holds. dbt gets none of it, but its code runs as the same user and could read it from memory. */
export function heldSecrets({ inputs, environment }: Request): Secret[] {
  const runner = [environment['ACTIONS_ID_TOKEN_REQUEST_TOKEN'], environment['ACTIONS_RUNTIME_TOKEN']];
  const given = [inputs.policyToken, inputs.githubToken, inputs.signingKey];
  return [...given, ...runner.map((value) => value && new Secret(value))].filter((held) => !!held);
}
