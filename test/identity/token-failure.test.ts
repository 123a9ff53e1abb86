import { describe, expect, it } from 'vitest';
import { failedClaim } from '../../src/identity/token-failure.ts';

describe('failedClaim', () => {
  it('makes a named refusal of an error that has no name of its own', () => {
    const expected = { issuer: 'https://token.actions.githubusercontent.com', audience: 'a' };
    const error = failedClaim(new TypeError('odd\n::error::x'), new Map(), expected, new Date());
    expect(error).toMatchObject({ code: 'ERR_TOKEN_INVALID', reason: 'TOKEN_FORMAT' });
    expect(error.message).toBe('the token cannot be read: TypeError: odd\\u000a::error::x');
  });
});
