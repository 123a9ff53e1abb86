import * as v from 'valibot';
import { plain } from '../../untrusted.ts';
import { type Box, meetBoxes, present } from './box.ts';
import type { Deployed, Reader } from './deployed.ts';
import { principalOfFile } from './file-name.ts';
import { jsonOf, readEach, shaped } from './foreign.ts';
import { LONGEST, values, wildcard } from './text-set.ts';
import { Unclear } from './unclear.ts';

const CREDENTIAL = v.looseObject({
  name: v.optional(v.string(), '?'),
  issuer: v.string(),
  audiences: v.pipe(v.array(v.string()), v.maxLength(LONGEST)),
  subject: v.nullish(v.string()),
  claimsMatchingExpression: v.nullish(
    v.looseObject({ value: v.string(), languageVersion: v.optional(v.number(), 1) }),
  ),
});
const LIST = v.union([v.array(CREDENTIAL), v.looseObject({ value: v.array(CREDENTIAL) })]);

/**
 * Federated identity credentials of an application or a managed identity, as `az ad app federated-credential list` or
 * `az identity federated-credential list` prints them. The file is named for the application.
 */
export const readAzure: Reader = (files, { principals }) => {
  const { read, faults } = readEach(files, (file): readonly Deployed[] => {
    const list = shaped(LIST, jsonOf(file), 'a list of federated identity credentials');
    const parts = (Array.isArray(list) ? list : list.value).map(oneCredential);
    return [
      {
        principal: principalOfFile(file.name, principals),
        files: [file.name],
        boxes: parts.filter((part) => typeof part !== 'string'),
        unclear: parts.filter((part) => typeof part === 'string'),
      },
    ];
  });
  return { deployed: read, faults };
};

function oneCredential(credential: v.InferOutput<typeof CREDENTIAL>): Box | string {
  const { name, issuer, audiences, subject, claimsMatchingExpression: flexible } = credential;
  const base: Box = new Map([
    ['iss', present(values(issuer))],
    ['aud', present(values(...audiences))],
  ]);
  try {
    if (flexible && flexible.languageVersion !== 1)
      throw new Unclear('its expression has another languageVersion');
    if (flexible) return meetBoxes(base, claimsMatching(flexible.value));
    if (!subject) throw new Unclear('it has neither a subject nor an expression');
    return new Map(base).set('sub', present(values(subject)));
  } catch (cause) {
    if (!(cause instanceof Unclear)) throw cause;
    return `credential ${plain(name, 120)}: ${cause.message}`;
  }
}

/**
 * An expression such as `claims['sub'] matches 'repo:acme/*' and claims['job_workflow_ref'] eq '…'`.
 * Source: Microsoft, "Flexible federated identity credentials": `matches` knows `*` and `?`.
 */
function claimsMatching(expression: string): Box {
  const term = /\s*claims\['([A-Za-z_]+)'\]\s+(eq|matches)\s+'((?:[^'\\]|'')*)'\s*/y;
  let box: Box = new Map();
  for (;;) {
    const found = term.exec(expression);
    if (found === null) throw new Unclear(`its expression is not understood: ${plain(expression, 200)}`);
    const [, claim = '', operator, quoted = ''] = found;
    const text = quoted.replaceAll("''", "'");
    const set = operator === 'eq' ? values(text) : wildcard(text, true);
    box = meetBoxes(box, new Map([[claim, present(set)]]));
    const at = term.lastIndex;
    if (at === expression.length) return box;
    if (!/and\s/y.test(expression.slice(at, at + 4)))
      throw new Unclear(`its expression is not understood: ${plain(expression, 200)}`);
    term.lastIndex = at + 3;
  }
}
