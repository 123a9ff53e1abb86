/** A facet, a dataset or an event: plain JSON. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Facets of the OpenLineage specification that the events use, in the version whose schema they follow. */
const VERSIONS = {
  DataQualityAssertionsDatasetFacet: '1-1-0',
  DataQualityMetricsInputDatasetFacet: '1-0-3',
  DatasourceDatasetFacet: '1-0-1',
  DocumentationDatasetFacet: '1-1-0',
  ErrorMessageRunFacet: '1-0-1',
  ExternalQueryRunFacet: '1-0-2',
  JobTypeJobFacet: '2-0-4',
  OutputStatisticsOutputDatasetFacet: '1-0-2',
  OwnershipDatasetFacet: '1-0-1',
  ParentRunFacet: '1-2-0',
  ProcessingEngineRunFacet: '1-1-1',
  SchemaDatasetFacet: '1-2-0',
  SourceCodeLocationJobFacet: '1-1-0',
  SQLJobFacet: '1-1-0',
  TagsDatasetFacet: '1-0-0',
  TagsRunFacet: '1-0-0',
  TestRunFacet: '1-0-1',
} as const;

/** A facet of the specification, with the two fields every facet must have. */
export function facet(producer: string, name: keyof typeof VERSIONS, body: JsonObject): JsonObject {
  const schema = `https://openlineage.io/spec/facets/${VERSIONS[name]}/${name}.json#/$defs/${name}`;
  return { _producer: producer, _schemaURL: schema, ...body };
}

/** A facet of this project; its schema is docs/schema/<name>.json. */
export function ownFacet(
  producer: string,
  name: 'identity-run-facet-1-0-0' | 'dbt-run-facet-1-0-0' | 'edge-input-facet-1-0-0',
  body: JsonObject,
): JsonObject {
  return { _producer: producer, _schemaURL: `https://dbt-passport.github.io/schema/${name}.json`, ...body };
}

/** The fields that have a value: dbt and the token say `''` for what they do not know. */
export function known(fields: Readonly<Record<string, unknown>>): JsonObject {
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(fields)) {
    const value = fields[key];
    if (value !== '' && value !== undefined) result[key] = value;
  }
  return result;
}
