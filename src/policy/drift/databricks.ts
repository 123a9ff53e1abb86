import * as v from 'valibot';
import { plain } from '../../untrusted.ts';
import type { Deployed, Reader } from './deployed.ts';
import { exactBox } from './exact.ts';
import { principalOfFile } from './file-name.ts';
import { jsonOf, readEach, shaped } from './foreign.ts';
import { LONGEST, values } from './text-set.ts';

const POLICY = v.looseObject({
  name: v.optional(v.string()),
  uid: v.optional(v.string()),
  oidc_policy: v.looseObject({
    issuer: v.string(),
    audiences: v.optional(v.pipe(v.array(v.string()), v.maxLength(LONGEST)), []),
    subject: v.optional(v.string()),
    subject_claim: v.optional(v.string(), 'sub'),
  }),
});
const LIST = v.union([v.array(POLICY), v.looseObject({ policies: v.optional(v.array(POLICY), []) })]);
const FIELDS = ['issuer', 'audiences', 'subject', 'subject_claim'];

/**
 * Federation policies of a service principal, as `databricks account service-principal-federation-policy list` prints
 * them. The file is named for the application id. Source: Databricks, Account API, service principal federation policy.
 */
export const readDatabricks: Reader = (files, { principals }) => {
  const { read, faults } = readEach(files, (file): readonly Deployed[] => {
    const list = shaped(LIST, jsonOf(file), 'a list of federation policies');
    const policies = Array.isArray(list) ? list : list.policies;
    const parts = policies.map(onePolicy);
    return [
      {
        principal: principalOfFile(file.name, principals),
        files: [file.name],
        boxes: parts.flatMap(({ boxes }) => boxes),
        unclear: parts.flatMap(({ unclear }) => unclear),
      },
    ];
  });
  return { deployed: read, faults };
};

function onePolicy({
  name,
  uid,
  oidc_policy: oidc,
}: v.InferOutput<typeof POLICY>): Pick<Deployed, 'boxes' | 'unclear'> {
  const where = `federation policy ${plain(name ?? uid ?? '?', 120)}`;
  const odd = Object.keys(oidc).filter((key) => !FIELDS.includes(key));
  if (odd.length > 0) return { boxes: [], unclear: [`${where} has ${plain(odd.join(', '))}`] };
  if (oidc.audiences.length === 0)
    return {
      boxes: [],
      unclear: [`${where} names no audience, so it takes the id of the account, which is not in the file`],
    };
  if (oidc.subject === undefined) return { boxes: [], unclear: [`${where} names no subject`] };
  const { issuer, audiences, subject, subject_claim: claim } = oidc;
  return { boxes: [exactBox({ issuer, audiences, subject: values(subject), claim })], unclear: [] };
}
