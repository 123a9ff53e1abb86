/** Source: Google Cloud IAM, "Attribute mappings": `google.subject` has at most 127 bytes. */
const SUBJECT_BYTES = 127;

/**
 * A warning for a `sub` that Google refuses when the provider maps it to `google.subject` as it is; undefined when
 * it fits. The immutable form of `sub`, with ids in it, is about 20 bytes longer than the older one.
 */
export function subjectWarning(sub: string): string | undefined {
  const bytes = new TextEncoder().encode(sub).length;
  if (bytes <= SUBJECT_BYTES) return undefined;
  return (
    `the claim sub has ${bytes} bytes, and Google refuses a google.subject of more than ${SUBJECT_BYTES}. ` +
    "If the provider maps google.subject=assertion.sub, map it to assertion.repository_id + ':' + " +
    "assertion.run_id + ':' + assertion.run_attempt, or choose a shorter name for the environment."
  );
}
