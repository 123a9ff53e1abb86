import { Secret } from '../secret.ts';

const SECRET_KEYS = /^(private_key|client_secret|refresh_token|token|authorization|passphrase)$/i;

/** The secrets in a credential file of Google: those of its values that are one. The whole text when it is no JSON. */
export function parseJsonSecrets(content: Secret): readonly Secret[] {
  const found: string[] = [];
  const visit = (value: unknown, name: string): void => {
    if (typeof value === 'string' && SECRET_KEYS.test(name)) found.push(value);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) visit(inner, key);
  };
  try {
    visit(JSON.parse(content.reveal()), '');
  } catch {
    return [content];
  }
  return found.map((value) => new Secret(value));
}
