import { describe, expect, it } from 'vitest';
import { runId } from '../../src/lineage/run-id.ts';

describe('runId', () => {
  it('is uuid5(NAMESPACE_URL, …/run/<parts>), as any other implementation computes it', () => {
    expect(runId('a b', 'c')).toBe('bcd7dde1-805c-599f-88c2-a7fdf2e34d33');
  });

  it('keeps parts apart and takes any text', () => {
    const ids = [runId('a', 'b'), runId('a/b'), runId('a', 'b', ''), runId('\ud800', 'ä')];
    expect(new Set(ids).size).toBe(4);
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  });
});
