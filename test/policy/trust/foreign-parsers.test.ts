import { describe, expect, it } from 'vitest';
import type { Rendered } from '../../../src/policy/trust/rendered.ts';
import { describeWith } from '../../support/tools.ts';
import { cel } from './cel.ts';
import { python } from './python.ts';
import { EXAMPLES, rendered, SHAPES } from './render-example.ts';

/** Each example as the target has it, and the one with everything in every shape of `sub`. */
async function all(target: 'aws' | 'gcp' | 'snowflake'): Promise<readonly Rendered[]> {
  return Promise.all([
    ...EXAMPLES.map((name) => rendered(name, target)),
    ...Object.values(SHAPES).map((shape) => rendered('everything', target, {}, ...shape)),
  ]);
}

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
    const documents = (await all('aws'))
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
def read(script):
    statements = [s for s in sqlglot.parse(script, dialect='snowflake') if s is not None]
    return [type(s).__name__ for s in statements if type(s).__name__ != 'Semicolon']
print(json.dumps([{'kinds': read(script), 'texts': texts(script)} for script in json.load(sys.stdin)]))
`;

/**
 * sqlglot knows no statement about users: each is a `Command` to it, which it splits off and does not look into. So
 * what is shown is that the script falls into as many statements as were written, and that every text in it is
 * the text that was meant.
 */
describeWith(['fakesnow'], 'SQL for Snowflake, read by sqlglot', () => {
  it('is the statements that were meant, for each example and each shape of sub', async () => {
    const scripts = (await all('snowflake')).flatMap(({ files }) => files.map(({ text }) => text));
    expect(scripts.length).toBeGreaterThan(EXAMPLES.length);
    const read = python('fakesnow', SQL, scripts) as { kinds: string[]; texts: string[] }[];
    for (const [at, { kinds, texts }] of read.entries()) {
      const text = scripts[at] ?? '';
      expect(kinds).toEqual(Array(text.match(/;$/gm)?.length).fill('Command'));
      const meant = [...text.matchAll(/(?:SUBJECT|ISSUER|ARN)='([^']*)'/g)].map(([, value]) => value);
      expect(texts).toEqual(expect.arrayContaining(meant));
      expect(texts.filter((one) => one.includes(';') || one.includes('\n'))).toEqual([]);
    }
  }, 60_000);
});

describe('conditions and mappings for Google Cloud, read by @bufbuild/cel', () => {
  it('are expressions, for each example and each shape of sub', async () => {
    const texts = (await all('gcp')).flatMap(({ files }) => files.map(({ text }) => text));
    const conditions = texts.flatMap((text) => [...text.matchAll(/--attribute-condition='([^']*)'/g)]);
    const mappings = texts.flatMap((text) => [...text.matchAll(/--attribute-mapping='([^']*)'/g)]);
    expect(conditions.length).toBeGreaterThanOrEqual(EXAMPLES.length);
    expect(mappings).toHaveLength(conditions.length);
    // A claim that is absent is an error, and so a refusal.
    for (const [, condition = ''] of conditions) expect(cel(condition)({})).not.toBe(true);
    for (const [, mapping = ''] of mappings)
      for (const entry of mapping.split(',')) cel(entry.slice(entry.indexOf('=') + 1));
  });
});
