import { datasetFacets, sourceFacet } from './dataset.ts';
import { datasetNames } from './dataset-name.ts';
import type { Datasets } from './event.ts';
import type { Execution } from './execution.ts';
import { type JsonObject, ownFacet } from './facet.ts';
import { type Input, inputsOf } from './inputs.ts';
import type { DatasetName } from './namespace.ts';
import type { Scope } from './scope.ts';

/** What a node read, as datasets of its events, and what is not known of it, for its run. */
export interface InputDatasets {
  readonly datasets: Datasets;
  /** unique_ids of parents of which it is not known which table stood for them. */
  readonly unknown: readonly string[];
}

/** Each dataset once, though several nodes may be the same table. `about` gives the facets that a node adds to its dataset. */
export function inputDatasets(
  execution: Execution,
  scope: Scope,
  about: (input: Input) => JsonObject = () => ({}),
): InputDatasets {
  if (scope.artifacts === null) return { datasets: { atStart: [], atEnd: [] }, unknown: [] };
  const state = scope.invocation.state ?? null;
  const { known, unknown } = inputsOf(execution, { artifacts: scope.artifacts, state });
  const found = new Map<string, { readonly dataset: DatasetName; readonly inputs: Input[] }>();
  for (const input of known) {
    for (const dataset of datasetNames(input.place, scope.namespace)) {
      const key = JSON.stringify([dataset.namespace, dataset.name]);
      const same = found.get(key);
      if (same === undefined) found.set(key, { dataset, inputs: [input] });
      else same.inputs.push(input);
    }
  }
  const all = [...found.values()];
  return {
    datasets: {
      atStart: all.map(({ dataset }) => dataset),
      atEnd: all.map(({ dataset, inputs }) => described(dataset, inputs, scope, about)),
    },
    unknown: unknown.map(({ uniqueId }) => uniqueId),
  };
}

function described(
  dataset: DatasetName,
  inputs: readonly Input[],
  scope: Scope,
  about: (input: Input) => JsonObject,
): JsonObject {
  const warehouse = { ...scope, namespace: dataset.namespace };
  const basis = inputs.some((input) => input.basis === 'read') ? 'read' : 'declared';
  // Of a table that dbt deferred to, this project's manifest knows neither columns nor texts.
  const facets = inputs.map(({ node, own }) =>
    own ? datasetFacets(node, warehouse) : sourceFacet(warehouse),
  );
  return {
    ...dataset,
    facets: Object.assign({}, ...facets.toReversed()),
    inputFacets: {
      dbtPassport_edge: ownFacet(scope.producer, 'edge-input-facet-1-0-0', { basis }),
      ...Object.assign({}, ...inputs.map(about)),
    },
  };
}
