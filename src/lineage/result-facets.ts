import type { NodeResult } from '../dbt/artifacts.ts';
import type { Execution } from './execution.ts';
import { facet, type JsonObject } from './facet.ts';
import type { Scope } from './scope.ts';

/** Characters of an error message that are kept. */
const MESSAGE_LIMIT = 10_000;

/** The warehouse's id of the last statement: `query_id`, for BigQuery `project:location.job_id`. */
export function queryFacet({ adapterResponse }: NodeResult, { producer, namespace }: Scope): JsonObject {
  const [query, job, project, location] = ['query_id', 'job_id', 'project_id', 'location'].map((key) => {
    const value = adapterResponse[key];
    return typeof value === 'string' && value !== 'N/A' ? value : '';
  });
  const bigquery = job && project && location ? `${project}:${location}.${job}` : job;
  const externalQueryId = query || bigquery;
  if (!externalQueryId) return {};
  return {
    externalQuery: facet(producer, 'ExternalQueryRunFacet', { externalQueryId, source: namespace }),
  };
}

/** What dbt said about a failure. */
export function errorFacet({ result, node, outcome }: Execution, { producer }: Scope): JsonObject {
  if (outcome !== 'FAIL' || result.message === '') return {};
  return {
    errorMessage: facet(producer, 'ErrorMessageRunFacet', {
      message: result.message.slice(0, MESSAGE_LIMIT).toWellFormed(),
      programmingLanguage: node?.language === 'python' ? 'PYTHON' : 'SQL',
    }),
  };
}
