import { describe, expect, it } from 'vitest';
import { type SigningInputs, signingRoute } from '../../src/evidence/signing-route.ts';
import { Secret } from '../../src/secret.ts';

const NONE: SigningInputs = {
  signing: 'auto',
  signingKey: undefined,
  fulcioUrl: '',
  rekorUrl: '',
  tsaUrl: '',
  allowPublicLog: false,
};
const GITHUB = 'https://github.com';

describe('where the evidence is signed', () => {
  it('auto: with the key when there is one, whatever the visibility', () => {
    const inputs = { ...NONE, signingKey: new Secret('pem') };
    expect(signingRoute(inputs, 'public', GITHUB)).toEqual({ kind: 'key' });
    expect(signingRoute(inputs, '', GITHUB)).toEqual({ kind: 'key' });
  });

  it('auto: a public repository signs with the public-good Sigstore', () => {
    expect(signingRoute(NONE, 'public', GITHUB)).toMatchObject({ rekorUrl: 'https://rekor.sigstore.dev' });
  });

  it.each(['private', 'internal', '', 'Public'])(
    'auto: visibility "%s" never reaches a public log',
    (visibility) => {
      expect(signingRoute(NONE, visibility, GITHUB)).toEqual({
        kind: 'keyless',
        fulcioUrl: 'https://fulcio.githubapp.com',
        tsaUrl: 'https://timestamp.githubapp.com',
      });
    },
  );

  it('public-good for a private repository is refused unless the public log is accepted', () => {
    const inputs = { ...NONE, signing: 'public-good' } as const;
    expect(() => signingRoute(inputs, 'private', GITHUB)).toThrow(
      /wants a public repository, this one is private/,
    );
    expect(signingRoute({ ...inputs, allowPublicLog: true }, 'private', GITHUB)).toMatchObject({
      kind: 'keyless',
    });
  });

  it("ghe.com has GitHub's services under its own host; a server has none", () => {
    expect(signingRoute(NONE, 'internal', 'https://acme.ghe.com')).toMatchObject({
      fulcioUrl: 'https://fulcio.acme.ghe.com',
    });
    expect(() => signingRoute(NONE, 'internal', 'https://git.acme.example')).toThrow(/no signing service/);
    expect(() => signingRoute(NONE, 'internal', 'https://github.com.evil.example')).toThrow(
      /no signing service/,
    );
  });

  it('custom: exactly the services that are given', () => {
    const inputs = {
      ...NONE,
      signing: 'custom',
      fulcioUrl: 'https://f.example',
      tsaUrl: 'https://t.example',
    } as const;
    expect(signingRoute(inputs, 'private', GITHUB)).toEqual({
      kind: 'keyless',
      fulcioUrl: 'https://f.example',
      tsaUrl: 'https://t.example',
    });
  });
});
