import { PassportError } from '../../errors.ts';
import type { Policy } from '../policy.ts';
import { renderKeycloak } from './keycloak.ts';
import { renderKong } from './kong.ts';
import type { Target } from './model.ts';
import { refuseOverlap } from './overlap.ts';
import { principalsOf } from './principals.ts';
import { renderAws } from './render-aws.ts';
import { renderAzure } from './render-azure.ts';
import { renderDatabricks } from './render-databricks.ts';
import { renderGoogle } from './render-google.ts';
import { renderSnowflake } from './render-snowflake.ts';
import { renderVault } from './render-vault.ts';
import type { Rendered, Renderer, RenderOptions } from './rendered.ts';
import { terraformAws } from './terraform-aws.ts';
import { terraformGoogle } from './terraform-google.ts';
import { terraformSnowflake } from './terraform-snowflake.ts';
import { uncheckedRows } from './unchecked.ts';

const NATIVE: Readonly<Partial<Record<Target, Renderer>>> = {
  aws: renderAws,
  gcp: renderGoogle,
  snowflake: renderSnowflake,
  databricks: renderDatabricks,
  azure: renderAzure,
  vault: renderVault,
  keycloak: renderKeycloak,
  kong: renderKong,
};
const TERRAFORM: Readonly<Partial<Record<Target, Renderer>>> = {
  aws: terraformAws,
  gcp: terraformGoogle,
  snowflake: terraformSnowflake,
};

/**
 * The policy as the trust of one target: files to apply, what the target will not check, and what it would refuse.
 * Pure; nothing is read or asked. Throws ERR_INPUT_INVALID for a grant that the policy does not have, a form that
 * the target does not have, and an audience that nothing names; ERR_POLICY_INVALID when two rules hold for one token.
 */
export function renderTrust(policy: Policy, target: Target, options: RenderOptions = {}): Rendered {
  refuseOverlap(policy);
  return rendering(policy, target, options);
}

/** The same without a look at rules that overlap, for the linter, which tells of them itself. */
export function rendering(policy: Policy, target: Target, options: RenderOptions = {}): Rendered {
  const { form = 'native', grant } = options;
  if (grant !== undefined && !policy.grants.has(grant)) {
    throw new PassportError('ERR_INPUT_INVALID', 'expected a grant of the policy, got another name', {
      hint: `The policy has ${[...policy.grants.keys()].join(', ')}.`,
    });
  }
  const renderer = (form === 'terraform' ? TERRAFORM : NATIVE)[target];
  if (renderer === undefined) {
    throw new PassportError('ERR_INPUT_INVALID', `${target} is not rendered as ${form}`, {
      hint: `Terraform is written for ${Object.keys(TERRAFORM).join(', ')}.`,
    });
  }
  const all = principalsOf(policy, target, options);
  const principals = all.filter(({ ways }) =>
    ways.some(({ grantName }) => grantName === (grant ?? grantName)),
  );
  const request = { policy, principals, all, options };
  const { files, problems } = renderer(request);
  const different = [...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values()];
  return { target, form, files, problems: different, unchecked: uncheckedRows(request, target) };
}
