import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EvidenceRecord } from '../../src/evidence/record.ts';
import { renderReport } from '../../src/evidence/report.ts';
import { auditedRecord, breakGlassRecord } from '../support/audit-records.ts';
import { ambientRecord, renewedRecord } from '../support/credential-records.ts';
import { HOSTILE_TEXTS, hostileRecord } from '../support/hostile-record.ts';
import {
  cancelledRecord,
  deniedRecord,
  dryRunRecord,
  failedRecord,
  succeededRecord,
} from '../support/records.ts';
import { describeWith, toolPath } from '../support/tools.ts';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describeWith(['chromium'], 'report.html in a browser', () => {
  let browser: Browser;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'report-'));
    browser = await chromium.launch({ executablePath: toolPath('chromium'), args: ARGUMENTS });
  }, 60_000);

  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** The page of a record, with every request that it makes. */
  async function open(record: EvidenceRecord, width = 1280) {
    const file = join(folder, `${crypto.randomUUID()}.html`);
    await writeFile(file, renderReport(record));
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: 'light' });
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    const address = pathToFileURL(file).href;
    await page.goto(address);
    return { page, others: () => requests.filter((url) => url !== address) };
  }

  async function overflow(page: Page): Promise<number> {
    return await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  }

  const records = [
    ['succeeded', succeededRecord],
    ['denied', deniedRecord],
    ['failed', failedRecord],
    ['cancelled', cancelledRecord],
    ['dry-run', dryRunRecord],
    ['ambient', ambientRecord],
    ['renewed', renewedRecord],
    ['audited', auditedRecord],
    ['break-glass', breakGlassRecord],
    ['hostile', () => hostileRecord('x'.repeat(3000))],
  ] as const;

  it.each(records)(
    'of a %s run makes no request, has no script and fits 400 and 1280 pixels',
    async (_, build) => {
      const { page, others } = await open(build());
      expect(await page.locator('script').count()).toBe(0);
      expect(await overflow(page)).toBe(0);
      await page.setViewportSize({ width: 400, height: 800 });
      expect(await overflow(page)).toBe(0);
      expect(others()).toEqual([]);
      await page.close();
    },
  );

  it('creates no element from a hostile name', async () => {
    for (const text of [HOSTILE_TEXTS.join(' '), '__proto__']) {
      const { page, others } = await open(hostileRecord(text));
      expect(
        await page.locator('script, img, iframe, object, embed, a, form, link, base, b').count(),
        text,
      ).toBe(0);
      expect(await page.evaluate('window.owned')).toBeUndefined();
      expect(others()).toEqual([]);
      await page.close();
    }
  });

  it('is readable in both colour schemes: every text has a contrast of at least 4.5 to 1', async () => {
    for (const build of [succeededRecord, deniedRecord, failedRecord, cancelledRecord, auditedRecord]) {
      const { page } = await open(build());
      expect(await page.evaluate(LOW_CONTRAST)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await page.evaluate(LOW_CONTRAST)).toEqual([]);
      await page.close();
    }
  });

  it('opens what is folded and clips nothing in print', async () => {
    const { page } = await open(failedRecord(), 718);
    const packages = page.locator('details li').first();
    expect(await packages.isVisible()).toBe(false);
    await page.emulateMedia({ media: 'print' });
    expect(await packages.isVisible()).toBe(true);
    expect(await overflow(page)).toBe(0);
    expect((await page.locator('svg.lineage').boundingBox())?.width).toBeLessThanOrEqual(718);
    await page.close();
  });
});

/** Runs in the page: texts whose colour stands too little apart from what is behind them (WCAG 2.2, 1.4.3). */
const LOW_CONTRAST = `(() => {
  const rgb = (color) => (color.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b]
    .map((value) => value / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4))
    .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
  const painted = (color) => rgb(color).length === 3 || rgb(color)[3] > 0;
  const behind = (element) => {
    const box = element.closest('g')?.querySelector('.box');
    if (box) return getComputedStyle(box).fill;
    for (let at = element; at; at = at.parentElement) {
      const color = getComputedStyle(at).backgroundColor;
      if (painted(color)) return color;
    }
    return 'rgb(255, 255, 255)';
  };
  const found = [];
  for (const element of document.querySelectorAll('body *')) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
    if (!own || !element.checkVisibility() || element.closest('title, desc')) continue;
    const style = getComputedStyle(element);
    const color = element instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [light(rgb(color)), light(rgb(behind(element)))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push(element.outerHTML.slice(0, 80) + ' ' + ratio.toFixed(2));
  }
  return found;
})()`;
