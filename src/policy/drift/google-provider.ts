import * as v from 'valibot';
import { plain } from '../../untrusted.ts';
import { type Box, present } from './box.ts';
import { celCondition } from './cel-condition.ts';
import { conditionBoxes, product } from './condition-boxes.ts';
import { mappedBoxes, mappedClaim } from './google-mapping.ts';
import { LONGEST, values } from './text-set.ts';
import { Unclear } from './unclear.ts';

/** A provider as `gcloud iam workload-identity-pools providers describe --format=json` prints it. */
export const PROVIDER = v.looseObject({
  name: v.pipe(
    v.string(),
    v.regex(/^projects\/[^/]+\/locations\/global\/workloadIdentityPools\/[^/]+\/providers\/[^/]+$/),
  ),
  state: v.optional(v.string(), 'ACTIVE'),
  disabled: v.optional(v.boolean(), false),
  attributeMapping: v.optional(v.record(v.string(), v.string()), {}),
  attributeCondition: v.optional(v.string(), ''),
  oidc: v.optional(
    v.looseObject({
      issuerUri: v.string(),
      allowedAudiences: v.optional(v.pipe(v.array(v.string()), v.maxLength(LONGEST)), []),
    }),
  ),
});
export type Provider = v.InferOutput<typeof PROVIDER>;

/** A member of a binding that stands for tokens of a pool. */
export interface PoolMember {
  readonly pool: string;
  /** `google.subject` or `attribute.x`; undefined for every token of the pool. */
  readonly attribute?: string;
  readonly value: string;
}

/** The tokens that a provider takes and that the member stands for. Throws Unclear for what is not read here. */
export function memberBoxes(provider: Provider, { attribute, value }: PoolMember): readonly Box[] {
  const { name, state, disabled, oidc, attributeMapping: mapping } = provider;
  if (disabled || state !== 'ACTIVE') return [];
  const mapped = attribute === undefined ? undefined : mapping[attribute];
  if (attribute !== undefined && mapped === undefined) return [];
  if (
    oidc === undefined ||
    Object.keys(oidc).some((key) => key !== 'issuerUri' && key !== 'allowedAudiences')
  ) {
    throw new Unclear(`provider ${plain(name)} is not an OIDC provider with its issuer's own keys`);
  }
  const base: Box = new Map([
    ['iss', present(values(oidc.issuerUri))],
    ['aud', present(values(...audiences(oidc.allowedAudiences, name)))],
  ]);
  const named = mapped === undefined ? [new Map()] : mappedBoxes(mapped, value);
  return product(product([base], named), conditionOf(provider));
}

/** Source: Google Cloud, IAM API, workloadIdentityPools.providers: without audiences, the provider's own full name. */
function audiences(allowed: readonly string[], name: string): readonly string[] {
  if (allowed.length > 0) return allowed;
  return [`https://iam.googleapis.com/${name}`, `//iam.googleapis.com/${name}`];
}

/** Every member of a pool asks for the same condition. */
const CONDITIONS = new WeakMap<Provider, readonly Box[]>();

function conditionOf(provider: Provider): readonly Box[] {
  const boxes = CONDITIONS.get(provider) ?? readCondition(provider);
  CONDITIONS.set(provider, boxes);
  return boxes;
}

function readCondition({ attributeCondition, attributeMapping: mapping }: Provider): readonly Box[] {
  if (attributeCondition.trim() === '') return [new Map()];
  return conditionBoxes(celCondition(attributeCondition), (path) => {
    const [, claim] = /^assertion\.([A-Za-z_][A-Za-z0-9_]*)$/.exec(path) ?? [];
    if (claim !== undefined) return claim;
    const expression = mapping[path];
    if (expression === undefined) throw new Unclear(`${plain(path)} in the condition is not understood`);
    return mappedClaim(expression);
  });
}
