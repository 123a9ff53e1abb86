import { expect, it } from 'vitest';
import { describeWith } from '../../support/tools.ts';
import { python } from './python.ts';
import { EXAMPLES, rendered, SHAPES } from './render-example.ts';

/** Validates each document and says what is wrong; moto holds IAM's grammar for role trust and for policies. */
const IAM = `
import json, sys
from moto.iam.policy_validation import IAMPolicyDocumentValidator, IAMTrustPolicyDocumentValidator
def fault(name, text):
    kind = IAMTrustPolicyDocumentValidator if name.endswith('.trust.json') else IAMPolicyDocumentValidator
    try:
        kind(text).validate()
    except Exception as error:
        return str(error)
print(json.dumps([[name, fault(name, text)] for name, text in json.load(sys.stdin)]))
`;

describeWith(['moto'], 'documents for AWS, read by moto', () => {
  it('are policies as IAM takes them', async () => {
    const policies = await Promise.all([
      ...EXAMPLES.map((name) => rendered(name, 'aws')),
      ...Object.values(SHAPES).map((shape) => rendered('everything', 'aws', {}, ...shape)),
    ]);
    const documents = policies
      .flatMap(({ files }) => files)
      .filter(({ name }) => name.endsWith('.json'))
      .map(({ name, text }) => [name, text]);
    expect(documents.length).toBeGreaterThan(20);
    const faults = python('moto', IAM, documents) as readonly [string, string | null][];
    expect(faults.filter(([, fault]) => fault !== null)).toEqual([]);
  }, 60_000);

  it('and it would say so if they were not', () => {
    const wrong = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Federated: 'x' }, Action: 's:x', Condition: { StringSame: {} } },
      ],
    });
    expect(python('moto', IAM, [['x.trust.json', wrong]])).toEqual([
      ['x.trust.json', expect.stringContaining('MalformedPolicyDocument')],
    ]);
  }, 60_000);
});

/** The statements of a script, how each was understood, and the texts in it. */
const SQL = `
import json, sys, sqlglot
from sqlglot import tokens
def texts(sql):
    return [t.text for t in sqlglot.tokenize(sql, dialect='snowflake') if t.token_type == tokens.TokenType.STRING]
script = json.load(sys.stdin)
statements = [s for s in sqlglot.parse(script, dialect='snowflake') if s is not None]
kinds = [type(s).__name__ for s in statements if type(s).__name__ != 'Semicolon']
print(json.dumps({'kinds': kinds, 'texts': texts(script)}))
`;

/**
 * sqlglot knows no statement about users: each is a `Command` to it, which it splits off and does not look into. So
 * what is shown is that the script falls into as many statements as were written, and that every text in it is
 * the text that was meant.
 */
describeWith(['fakesnow'], 'SQL for Snowflake, read by sqlglot', () => {
  it.each(Object.entries(SHAPES))(
    'is the statements that were meant, with a sub that is %s',
    async (_, shape) => {
      const { files } = await rendered('everything', 'snowflake', {}, ...shape);
      for (const { text } of files) {
        const { kinds, texts } = python('fakesnow', SQL, text) as { kinds: string[]; texts: string[] };
        expect(kinds).toEqual(Array(text.match(/;$/gm)?.length).fill('Command'));
        const meant = [...text.matchAll(/(?:SUBJECT|ISSUER|ARN)='([^']*)'/g)].map(([, value]) => value);
        expect(texts).toEqual(expect.arrayContaining(meant));
        expect(texts.filter((one) => one.includes(';') || one.includes('\n'))).toEqual([]);
      }
    },
    60_000,
  );
});
