/**
 * Checks OpenLineage events against JSON Schema: always against a compact schema of the RunEvent envelope and
 * of facets, written from the facts of OpenLineage 2-0-2; and, where the peer data is present, against the
 * specification's own files, each facet against the schema that its `_schemaURL` names.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

export type Event = Readonly<Record<string, unknown>>;

const CORE_ID = 'https://openlineage.io/spec/2-0-2/OpenLineage.json';
const facetMap = { type: 'object', additionalProperties: { $ref: '#/$defs/RunFacet' } };
const name = { type: 'string', minLength: 1 };
const CORE = {
  $id: CORE_ID,
  $defs: {
    RunFacet: {
      type: 'object',
      properties: {
        _producer: { type: 'string', format: 'uri' },
        _schemaURL: { type: 'string', format: 'uri', pattern: '^https://' },
      },
      required: ['_producer', '_schemaURL'],
    },
    InputDatasetFacet: { $ref: '#/$defs/RunFacet' },
    Dataset: {
      type: 'object',
      properties: {
        namespace: name,
        name,
        facets: facetMap,
        inputFacets: facetMap,
        outputFacets: facetMap,
      },
      required: ['namespace', 'name'],
      additionalProperties: false,
    },
    RunEvent: {
      type: 'object',
      properties: {
        eventType: { enum: ['START', 'COMPLETE', 'ABORT', 'FAIL'] },
        eventTime: { type: 'string', format: 'date-time' },
        producer: { type: 'string', format: 'uri' },
        schemaURL: { const: `${CORE_ID}#/$defs/RunEvent` },
        run: {
          type: 'object',
          properties: { runId: { type: 'string', format: 'uuid' }, facets: facetMap },
          required: ['runId'],
          additionalProperties: false,
        },
        job: {
          type: 'object',
          properties: { namespace: name, name, facets: facetMap },
          required: ['namespace', 'name'],
          additionalProperties: false,
        },
        inputs: { type: 'array', items: { $ref: '#/$defs/Dataset' } },
        outputs: { type: 'array', items: { $ref: '#/$defs/Dataset' } },
      },
      required: ['eventType', 'eventTime', 'producer', 'schemaURL', 'run', 'job'],
      // Both, or neither: then it is not known what the run touched.
      dependentRequired: { inputs: ['outputs'], outputs: ['inputs'] },
      additionalProperties: false,
    },
  },
};

const root = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const readJson = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const SPEC = root('../shared/peers/openlineage-spec');
export const specPresent = existsSync(SPEC);
const OWN_FACETS = ['identity-run-facet-1-0-0', 'dbt-run-facet-1-0-0', 'edge-input-facet-1-0-0'];

function validatorFor(schemas: readonly object[]): Ajv2020 {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  for (const schema of schemas) ajv.addSchema(schema);
  for (const facet of OWN_FACETS) ajv.addSchema(readJson(root(`docs/schema/${facet}.json`)));
  return ajv;
}

const compact = validatorFor([CORE]);
const specification = specPresent
  ? validatorFor([
      readJson(`${SPEC}/OpenLineage.json`),
      ...readdirSync(`${SPEC}/facets`).map((file) => readJson(`${SPEC}/facets/${file}`)),
    ])
  : null;

/** Every fault of the event, as text; empty when it is valid. */
export function eventFaults(event: Event): readonly string[] {
  const facets = facetsIn(event);
  const faults = faultsBy(compact, `${CORE_ID}#/$defs/RunEvent`, event);
  faults.push(
    ...facets.filter(isOwn).flatMap((facet) => faultsBy(compact, String(facet['_schemaURL']), facet)),
  );
  if (specification === null) return faults;
  faults.push(...faultsBy(specification, `${CORE_ID}#/$defs/RunEvent`, event));
  faults.push(...facets.flatMap((facet) => faultsBy(specification, String(facet['_schemaURL']), facet)));
  return faults;
}

/** Every facet of a RunEvent, wherever it may stand. */
function facetsIn(value: unknown): readonly Event[] {
  if (typeof value !== 'object' || value === null) return [];
  if ('_schemaURL' in value) return [value as Event];
  return Object.values(value).flatMap(facetsIn);
}

function isOwn(facet: Event): boolean {
  return String(facet['_schemaURL']).startsWith('https://dbt-passport.github.io/');
}

function faultsBy(ajv: Ajv2020, schema: string, value: unknown): string[] {
  const validate = ajv.getSchema(schema);
  if (validate === undefined) return [`no schema ${schema}`];
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map((fault) => `${schema} ${fault.instancePath} ${fault.message}`);
}
