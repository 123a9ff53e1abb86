import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BigQuery, startBigQuery } from './bigquery.ts';
import type { GooglePrincipal } from './google-state.ts';
import { describeWith } from './tools.ts';

const READER: GooglePrincipal = {
  email: 'dbt@acme.iam.gserviceaccount.com',
  members: ['serviceAccount:dbt@acme.iam.gserviceaccount.com'],
  scopes: ['https://www.googleapis.com/auth/bigquery'],
  expiresAt: Number.POSITIVE_INFINITY,
};
const TOKENS: Readonly<Record<string, GooglePrincipal>> = {
  reader: READER,
  stranger: { ...READER, members: ['serviceAccount:other@acme.iam.gserviceaccount.com'] },
  narrow: { ...READER, scopes: ['https://www.googleapis.com/auth/iam'] },
};

describeWith(['crucible'], 'BigQuery on loopback', () => {
  let bigquery: BigQuery;
  const presented: string[] = [];
  beforeAll(async () => {
    bigquery = await startBigQuery({
      google: { principalOf: (authorization) => TOKENS[authorization?.replace('Bearer ', '') ?? ''] },
      project: 'acme-analytics',
      dataset: 'shop',
      readers: READER.members,
      presented: async (secret) => {
        presented.push(secret);
      },
    });
  });
  afterAll(() => bigquery?.close());

  const base = () => `${bigquery.url}/bigquery/v2/projects/acme-analytics`;
  const get = (path: string, token: string) =>
    fetch(`${base()}${path}`, { headers: { authorization: `Bearer ${token}` } });
  const query = async (sql: string) => {
    const headers = { authorization: 'Bearer reader', 'content-type': 'application/json' };
    const jobReference = { projectId: 'acme-analytics', jobId: crypto.randomUUID() };
    const configuration = { query: { query: sql, useLegacySql: false } };
    const body = JSON.stringify({ jobReference, configuration });
    return JSON.parse(await (await fetch(`${base()}/jobs`, { method: 'POST', headers, body })).text());
  };

  describe('the front', () => {
    it.each([
      ['no token that Google issued and that lives', 'unknown', 401],
      ['a principal without access', 'stranger', 403],
      ['a token without the scope', 'narrow', 403],
      ['a principal with access', 'reader', 200],
    ])('answers %s by %s with %i', async (_what, token, status) => {
      expect((await get('/datasets', token)).status).toBe(status);
      expect(bigquery.requests.at(-1)).toMatchObject({ token, status, method: 'GET' });
      expect(presented.at(-1)).toBe(token);
    });
  });

  describe('crucible', () => {
    it('runs statements, names them as BigQuery does, and gives addresses of the front', async () => {
      const made = await query('create table `acme-analytics`.`shop`.`t` as select 7 as seven');
      expect(made.status).toEqual({ state: 'DONE' });
      expect(made.statistics.query.statementType).toBe('CREATE_TABLE_AS_SELECT');
      expect(made.configuration.query.destinationTable.tableId).toBe('t');
      expect(made.selfLink).toMatch(new RegExp(`^${bigquery.url}/bigquery/v2/`));
      const { tables } = JSON.parse(await (await get('/datasets/shop/tables', 'reader')).text());
      expect(tables).toMatchObject([{ tableReference: { tableId: 't' } }]);
    });

    it.each([
      ['select 1 as one', 'SELECT'],
      ['create or replace view `acme-analytics`.`shop`.`v` as select 1 as one', 'CREATE_VIEW'],
      ['create table `acme-analytics`.`shop`.`u` (a int64)', 'CREATE_TABLE'],
      [
        'merge into `acme-analytics`.`shop`.`u` t using (select 1 as a) s on t.a = s.a when not matched then insert (a) values (s.a)',
        'MERGE',
      ],
      ['drop table if exists `acme-analytics`.`shop`.`u`', 'DROP_TABLE'],
    ])('%s', async (sql, type) => {
      expect((await query(sql)).statistics.query.statementType).toBe(type);
    });

    it('knows a dataset that a statement made, and lists routines', async () => {
      await query('create schema if not exists `acme-analytics`.`raw`');
      expect((await get('/datasets/raw/tables', 'reader')).status).toBe(200);
      expect((await get('/datasets/raw/routines', 'reader')).status).toBe(200);
    });
  });
});
