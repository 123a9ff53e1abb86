/** Where the credentials of a run came from. One that was not issued for it makes the whole run ambient. */
export function credentialSource(
  credentials: readonly { readonly provider: string }[],
): 'federated' | 'ambient' | 'none' {
  if (credentials.length === 0) return 'none';
  return credentials.some(({ provider }) => provider === 'ambient') ? 'ambient' : 'federated';
}
