import * as v from 'valibot';
import { plain } from '../../untrusted.ts';
import { type Box, present } from './box.ts';
import { exactBox } from './exact.ts';
import { shaped, strictJson } from './foreign.ts';
import { values, wildcard } from './text-set.ts';
import { Unclear } from './unclear.ts';

const OIDC = v.strictObject({
  issuer: v.string(),
  subject: v.string(),
  audienceList: v.nullish(v.union([v.array(v.string()), v.string()])),
  claims: v.nullish(v.record(v.string(), v.string())),
});
const AWS = v.strictObject({
  awsPartition: v.string(),
  awsAccount: v.string(),
  type: v.literal('IAM_ROLE'),
  iamRole: v.string(),
});

/** What stands for a claim where a user logs in as a role of AWS. */
const AWS_ROLE = 'aws_role_arn';

/**
 * One row of SHOW USER WORKLOAD IDENTITY AUTHENTICATION METHODS. A subject that ends with `*` is read as a prefix, as an
 * account may take it for one. Source: Snowflake, SQL reference of that command.
 */
export function identityBox(row: ReadonlyMap<string, unknown>): Box {
  const name = plain(String(row.get('name') ?? '?'), 100);
  const info = row.get('additional_info');
  const facts = typeof info === 'string' ? strictJson(info) : info;
  const type = String(row.get('type') ?? '').toUpperCase();
  if (type === 'AWS') {
    const { awsPartition, awsAccount, iamRole } = known(AWS, facts, name);
    return awsRoleBox(`arn:${awsPartition}:iam::${awsAccount}:role/${iamRole}`);
  }
  if (type !== 'OIDC') throw new Unclear(`identity ${name} has type ${plain(type, 40)}`);
  const { issuer, subject, audienceList, claims } = known(OIDC, facts, name);
  const texts = /^[^*]*\*$/.test(subject) ? wildcard(subject, false) : values(subject);
  const box = exactBox({ issuer, audiences: audiences(audienceList), subject: texts });
  return new Map([
    ...box,
    ...Object.entries(claims ?? {}).map(([claim, text]) => [claim, present(values(text))] as const),
  ]);
}

export function awsRoleBox(arn: string): Box {
  return new Map([[AWS_ROLE, present(values(arn))]]);
}

function known<const S extends v.GenericSchema>(schema: S, facts: unknown, name: string): v.InferOutput<S> {
  if (!v.is(schema, facts)) throw new Unclear(`additional_info of identity ${name} is not understood`);
  return shaped(schema, facts, 'additional_info');
}

/** Without a list it is the audience that every account in the world shares. */
function audiences(list: readonly string[] | string | null | undefined): readonly string[] {
  const all =
    typeof list === 'string'
      ? list.trim().startsWith('[')
        ? shaped(v.array(v.string()), strictJson(list), 'audienceList')
        : list.split(',')
      : list;
  const named = (all ?? []).map((audience) => audience.trim()).filter((audience) => audience !== '');
  return named.length === 0 ? ['snowflakecomputing.com'] : named;
}
