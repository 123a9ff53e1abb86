import { valuesOf } from './clauses.ts';
import type { Principal, Way } from './principals.ts';
import { jsonText, shellWord } from './quoting.ts';
import type { RenderRequest, TrustFile, TrustProblem, Written } from './rendered.ts';
import { subjectProblems } from './subject-problems.ts';

/** Sources: Microsoft Graph, federatedIdentityCredential; "Flexible federated identity credentials". */
const CREDENTIALS = 20;
const SUBJECT_CHARACTERS = 600;
const NAME_CHARACTERS = 120;
const GLOBAL_ISSUER = 'https://token.actions.githubusercontent.com';

interface Credential {
  readonly name: string;
  readonly issuer: string;
  readonly subject?: string;
  readonly audiences: readonly string[];
  readonly claimsMatchingExpression?: { readonly value: string; readonly languageVersion: 1 };
}

/**
 * Federated identity credentials of each application. The policy has no grant for Azure: the applications are those of
 * grants that go by way of Entra, or the one that is named for all rules (`principal`).
 */
export function renderAzure({ policy, principals }: RenderRequest): Written {
  const rendered = principals.map((principal) => ({
    principal,
    credentials: credentialsOf(policy.issuer, principal),
  }));
  return {
    files: rendered.flatMap(({ principal: { name }, credentials }) => files(name, credentials)),
    problems: rendered.flatMap(({ principal, credentials }) =>
      problems(policy.issuer, principal, credentials),
    ),
  };
}

function credentialsOf(issuer: string, { ways }: Principal): readonly Credential[] {
  const found = ways.flatMap((way) =>
    matches(way).map((match) => ({
      name: way.rule.id,
      issuer,
      audiences: [way.audience],
      ...match,
    })),
  );
  const unique = new Map(found.toReversed().map((one) => [jsonText({ ...one, name: undefined }), one]));
  return named([...unique.values()].toReversed());
}

/** Names are unique in an application. */
function named(credentials: readonly Credential[]): readonly Credential[] {
  const seen = new Map<string, number>();
  return credentials.map((credential) => {
    const number = (seen.get(credential.name) ?? 0) + 1;
    seen.set(credential.name, number);
    const end = number === 1 ? '' : `-${number}`;
    return { ...credential, name: `${credential.name.slice(0, NAME_CHARACTERS - end.length)}${end}` };
  });
}

/** Exact subjects; where the workflow is checked too (`flexible`), together with each file and commit of it, by `eq` alone. */
function matches({ checked }: Way): readonly Pick<Credential, 'subject' | 'claimsMatchingExpression'>[] {
  const subjects = valuesOf(checked, 'sub');
  const workflows = valuesOf(checked, 'job_workflow_ref');
  if (workflows.length === 0) return subjects.map((subject) => ({ subject }));
  return subjects.flatMap((subject) =>
    workflows.map((workflow) => ({
      claimsMatchingExpression: {
        value: `claims['sub'] eq ${quoted(subject)} and claims['job_workflow_ref'] eq ${quoted(workflow)}`,
        languageVersion: 1 as const,
      },
    })),
  );
}

/** Source: OData, a quote in a text is doubled. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function files(name: string, credentials: readonly Credential[]): readonly TrustFile[] {
  const commands = credentials.map((credential) =>
    credential.claimsMatchingExpression === undefined
      ? `az ad app federated-credential create --id ${shellWord(name)} --parameters ${shellWord(jsonText(credential))}`
      : `az rest --method POST --url ${shellWord(`https://graph.microsoft.com/beta/applications(appId='${name}')/federatedIdentityCredentials`)} --headers Content-Type=application/json --body ${shellWord(jsonText(credential))}`,
  );
  return [
    { name: `${name}.json`, text: `${jsonText(credentials, 2)}\n` },
    { name: `${name}.sh`, text: `${[`# Application ${name}`, ...commands].join('\n')}\n` },
  ];
}

function problems(
  issuer: string,
  { name, ways }: Principal,
  credentials: readonly Credential[],
): readonly TrustProblem[] {
  const line = Math.min(...ways.map(({ rule }) => rule.line));
  const found = (level: 'error' | 'note', message: string): TrustProblem => ({
    level,
    target: 'azure',
    line,
    message,
  });
  const expressions = credentials.flatMap((one) => one.claimsMatchingExpression?.value ?? []);
  const longest = Math.max(...expressions.map(({ length }) => length));
  const foreign = expressions.length > 0 && issuer !== GLOBAL_ISSUER;
  return [
    ...(credentials.length > CREDENTIALS
      ? [
          found(
            'error',
            `application ${name} would have ${credentials.length} federated credentials, at most ${CREDENTIALS} are taken: give rules applications of their own, or name one shape of sub (sub_template)`,
          ),
        ]
      : []),
    ...(foreign ? [found('error', `a flexible credential takes the issuer ${GLOBAL_ISSUER} only`)] : []),
    // The documentation names no limit, and no expression with a commit in it is as short as what was seen.
    ...(expressions.length > 0
      ? [
          found(
            'note',
            `an expression of application ${name} has ${longest} characters; tenants were seen to take 128, so try it first`,
          ),
        ]
      : []),
    ...ways.flatMap((way) => subjectProblems(way, 'azure', SUBJECT_CHARACTERS)),
  ];
}
