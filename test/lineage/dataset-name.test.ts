import { describe, expect, it } from 'vitest';
import { datasetNames, placeOf } from '../../src/lineage/dataset-name.ts';
import { dialectOf } from '../../src/lineage/dialect.ts';
import { artifactFolders, peerArtifacts, peerFile, peersPresent } from './peer-artifacts.ts';
import { node } from './project.ts';

function nameOf(adapter: string, change: Parameters<typeof node>[1], id = 'model.shop.orders') {
  return datasetNames(placeOf(node(id, change), dialectOf(adapter)), 'here')
    .map(({ name }) => name)
    .join();
}

describe('FF-A11: the name of a dataset is the one that the warehouse has', () => {
  it.each([
    [
      'databricks',
      { database: 'workspace', schema: 'DBT', relationName: '`workspace`.`dbt`.`orders`' },
      'workspace.dbt.orders',
    ],
    ['databricks', { database: 'Workspace', schema: 'DBT', relationName: '' }, 'workspace.dbt.orders'],
    ['snowflake', { relationName: 'db.raw.orders' }, 'DB.RAW.ORDERS'],
    ['snowflake', { relationName: 'db.raw."Orders"' }, 'DB.RAW.Orders'],
    ['snowflake', { database: 'db', schema: 'raw', relationName: '' }, 'DB.RAW.ORDERS'],
    ['postgres', { relationName: '"Shop".raw.Orders' }, 'Shop.raw.orders'],
    ['redshift', { relationName: '"dev"."DBT"."Orders"' }, 'dev.dbt.orders'],
    ['athena', { relationName: '"awsdatacatalog"."Raw"."orders"' }, 'awsdatacatalog.raw.orders'],
    ['bigquery', { relationName: '`my-project`.`Raw`.`Orders`' }, 'my-project.Raw.Orders'],
    ['bigquery', { relationName: 'my-project.Raw.Orders' }, 'my-project.Raw.Orders'],
    ['duckdb', { relationName: '"shop"."Main"."Orders"' }, 'shop.Main.Orders'],
    ['fabric', { relationName: '[shop].[dbo].[Orders]' }, 'shop.dbo.Orders'],
    ['sqlserver', { relationName: '"shop"."dbo"."Orders"' }, 'shop.dbo.Orders'],
    ['exasol', { database: '', relationName: 'dbt.orders' }, 'DBT.ORDERS'],
    ['oracle', { database: 'freepdb1', relationName: 'SHOP.orders' }, 'FREEPDB1.SHOP.ORDERS'],
    ['clickhouse', { database: '', relationName: '`shop`.`Orders`' }, 'shop.Orders'],
    ['spark', { database: 'shop', schema: 'shop', relationName: 'shop.orders' }, 'shop.orders'],
    ['duckdb', { relationName: '"a ""b"""."x.y"."orders"' }, 'a "b".x.y.orders'],
  ])('%s %j', (adapter, change, name) => {
    expect(nameOf(adapter, change)).toBe(name);
  });

  it.each([
    ['the alias', { alias: 'orders_v2', relationName: '' }, 'jaffle.main.orders_v2'],
    ['no database', { database: '', relationName: '' }, 'main.orders'],
    ['no alias', { alias: '', relationName: '' }, 'jaffle.main.orders'],
    ['the alias when relation_name is of another table', { alias: 'orders_v2' }, 'jaffle.main.orders_v2'],
  ])('without relation_name it has %s', (_, change, name) => {
    expect(nameOf('duckdb', change)).toBe(name);
  });

  it('of a source is its identifier', () => {
    const change = { identifier: 'ORDERS_RAW', relationName: '' };
    expect(nameOf('duckdb', change, 'source.shop.raw.orders')).toBe('jaffle.main.ORDERS_RAW');
  });
});

/** Made for tests by renaming: the catalog is not of the manifest beside it. */
const RENAMED = new Set(['manifests/dbt-colibri/bigquery']);
const CATALOGS = artifactFolders('manifests').filter(
  (folder) => peerFile(`${folder}/catalog.json`) !== null && !RENAMED.has(folder),
);

describe.skipIf(!peersPresent)(
  `FF-A11: catalogs of real projects${peersPresent ? '' : ' (skipped: peer data not present)'}`,
  () => {
    it.each(CATALOGS)('%s: the warehouse calls each table as the dataset is called', (folder) => {
      const { manifest } = peerArtifacts(folder);
      const catalog = JSON.parse(new TextDecoder().decode(peerFile(`${folder}/catalog.json`) ?? undefined));
      const tables = Object.entries<{ metadata: Record<string, string | null> }>({
        ...catalog.nodes,
        ...catalog.sources,
      });
      const wrong = tables.flatMap(([id, { metadata }]) => {
        const one = manifest.nodes.get(id);
        if (one === undefined) return [];
        const real = [metadata['database'], metadata['schema'], metadata['name']].filter(Boolean).join('.');
        const place = placeOf(one, dialectOf(manifest.adapterType));
        const ours = datasetNames(place, '')
          .map(({ name }) => name)
          .join();
        return ours === real || place.kind === 'files' ? [] : [`${ours} is ${real}`];
      });
      expect(wrong).toEqual([]);
    });
  },
);
