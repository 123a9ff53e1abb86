import { optionOf, shellWords } from './shell-words.ts';

const KEYS = ['name', 'issuer', 'audiences', 'subject', 'claimsMatchingExpression'];

/** The federated identity credentials that a script gives to an application. Throws for commands that are not known. */
export function credentialsOf(script: string, application: string): readonly unknown[] {
  const lines = script.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.map((line) => {
    const words = shellWords(line);
    const command = words.slice(0, 5).join(' ');
    if (command === 'az ad app federated-credential create' && optionOf(words, '--id') === application)
      return JSON.parse(optionOf(words, '--parameters') ?? '');
    const url = `https://graph.microsoft.com/beta/applications(appId='${application}')/federatedIdentityCredentials`;
    if (command === 'az rest --method POST --url' && words[5] === url)
      return JSON.parse(optionOf(words, '--body') ?? '');
    throw new Error(`command ${line}`);
  });
}

/**
 * Whether Entra takes a token for the application. Sources: Microsoft, "Workload identity federation" (issuer, subject
 * and audience are compared as they are, with case); "Flexible federated identity credentials" (the expression takes
 * the place of the subject). Throws for every key that is not known here.
 */
export function isFederated(credential: unknown, claims: ReadonlyMap<string, unknown>): boolean {
  const written = credential as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(written).filter((key) => !KEYS.includes(key));
  if (unknown.length > 0) throw new Error(`keys ${unknown.join(', ')}`);
  const audiences = written['audiences'] as readonly unknown[];
  if (claims.get('iss') !== written['issuer'] || !audiences.includes(claims.get('aud'))) return false;
  const { subject, claimsMatchingExpression: expression } = written;
  if ((subject === undefined) === (expression === undefined)) throw new Error('a subject or an expression');
  if (expression === undefined) return claims.get('sub') === subject;
  const { value, languageVersion } = expression as { value: string; languageVersion: number };
  if (languageVersion !== 1) throw new Error(`language ${languageVersion}`);
  return expressionHolds(value, claims);
}

/** Claims that may stand in an expression for GitHub. */
const CLAIMS = ['sub', 'job_workflow_ref'];

/** `claims['a'] eq 'b' and …`; a quote in a text is doubled, and a claim that is absent is not equal. */
function expressionHolds(expression: string, claims: ReadonlyMap<string, unknown>): boolean {
  const comparison = /claims\['(\w+)'\] eq '((?:[^']|'')*)'( and |$)/y;
  let holds = true;
  let joined: string | undefined = ' and ';
  while (joined !== '') {
    const [, claim = '', text = '', next]: readonly string[] = comparison.exec(expression) ?? [];
    if (!CLAIMS.includes(claim)) throw new Error(`expression ${expression}`);
    if (claims.get(claim) !== text.replaceAll("''", "'")) holds = false;
    joined = next;
  }
  return holds;
}
