import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { AWS } from '../../../src/credentials/explain/aws.ts';
import { DATABRICKS } from '../../../src/credentials/explain/databricks.ts';
import { GOOGLE } from '../../../src/credentials/explain/google.ts';
import { OAUTH } from '../../../src/credentials/explain/oauth.ts';
import { SNOWFLAKE } from '../../../src/credentials/explain/snowflake.ts';

const reasons = [AWS, GOOGLE, SNOWFLAKE, DATABRICKS, OAUTH].flatMap(({ refusals, otherwise }) =>
  [...refusals, otherwise].map(({ reason }) => reason),
);

describe('the refusals', () => {
  it('are each explained in docs/troubleshooting.md, and no other is', () => {
    const page = readFileSync('docs/troubleshooting.md', 'utf8');
    const headings = [...page.matchAll(/^### ([A-Z][A-Z_]+)$/gm)].map(([, name]) => name);
    expect(headings.toSorted()).toEqual([...new Set(reasons)].toSorted());
  });
});
