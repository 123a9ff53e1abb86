import type { DatasetName } from './namespace.ts';

/**
 * A file or URL as a dataset: the bucket or host as namespace, the rest as name; a file of the machine has the
 * namespace `file`. A pattern (`*.parquet`) stays one name. What follows `?` in a URL, and a login in it, are left
 * out: they may hold a credential.
 * Source: https://openlineage.io/docs/spec/naming/
 */
export function fileDataset(path: string): DatasetName {
  const url = /^(?<scheme>[a-z][a-z0-9+.-]+):\/\/(?<place>[^/?#]*)\/?(?<rest>.*)$/is.exec(path)?.groups;
  if (url === undefined) return { namespace: 'file', name: path };
  const { place = '', rest = '' } = url;
  const scheme = SCHEMES.get(url['scheme']?.toLowerCase() ?? '') ?? url['scheme']?.toLowerCase() ?? '';
  const key = rest.replace(/[?#][\w.-]+=.*$/s, '');
  if (scheme === 'file') return { namespace: place === '' ? 'file' : `file://${place}`, name: `/${key}` };
  // In abfss:// and wasbs:// the part before @ is the container.
  const host = scheme.startsWith('http') ? place.replace(/^.*@/, '') : place.replace(/^[^@]*:[^@]*@/, '');
  return { namespace: `${scheme}://${host}`, name: key === '' ? '/' : key };
}

/** Other spellings of one store. */
const SCHEMES = new Map([
  ['s3a', 's3'],
  ['s3n', 's3'],
  ['gcs', 'gs'],
]);
