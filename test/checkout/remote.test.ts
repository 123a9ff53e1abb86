import { describe, expect, it } from 'vitest';
import { repositoryOf } from '../../src/checkout/remote.ts';

describe('the repository of a remote', () => {
  it.each([
    ['https://github.com/octo-org/models', 'octo-org/models'],
    ['https://github.com/octo-org/models.git', 'octo-org/models'],
    ['https://github.com/octo-org/models/', 'octo-org/models'],
    ['https://x-access-token:secret@github.com/octo-org/models', 'octo-org/models'],
    ['git@github.com:octo-org/models.git', 'octo-org/models'],
    ['ssh://git@github.com:22/octo-org/models.git', 'octo-org/models'],
    ['https://evil.example/octo-org/models', 'evil.example/octo-org/models'],
    ['https://github.com.evil.example/octo-org/models', 'github.com.evil.example/octo-org/models'],
    ['https://github.com@evil.example/octo-org/models', 'evil.example/octo-org/models'],
    ['https://github.com/octo-org/models/more', 'github.com/octo-org/models/more'],
    ['/srv/git/models', ''],
    ['../models', ''],
    ['file:///srv/models', ''],
    ['ext::sh -c touch% /tmp/x', ''],
    ['', ''],
  ])('%s is "%s"', (remote, expected) => {
    const name = repositoryOf(remote, 'https://github.com');
    expect(name).toBe(expected);
    expect(name).not.toContain('secret');
  });
});
