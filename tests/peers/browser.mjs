// A page in headless Chromium: what it asks for, whether anything in it runs, and what axe finds.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let browser;

/** Ends the browser that look() began. */
export const close = () => browser?.close();

/** Opens the file as a reader with that scheme, width and medium does. */
export async function look(path, { colorScheme = 'light', width = 1200, media = 'screen', judge = true } = {}) {
  browser ??= await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  // axe is a script, which the page's own policy rightly forbids.
  const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme, bypassCSP: true });
  try {
    const page = await context.newPage();
    const seen = { dialogs: [], requests: [], scripts: 0, violations: [], checked: 0 };
    page.on('dialog', async (dialog) => {
      seen.dialogs.push(dialog.message());
      await dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(`file://${path}`)) seen.requests.push(request.url());
    });
    await page.emulateMedia({ media, colorScheme });
    await page.goto(`file://${path}`);
    // What is folded is judged as well, and would run when it is opened.
    await page.evaluate(() => document.querySelectorAll('details').forEach((one) => (one.open = true)));
    seen.scripts = await page.evaluate(
      () =>
        document.querySelectorAll('script, iframe, object, embed, img, link, form, base').length +
        [...document.querySelectorAll('*')].flatMap((one) => [...one.attributes]).filter((one) => one.name.startsWith('on')).length +
        [...document.querySelectorAll('[href]')].filter((one) => /^\s*(javascript|data|vbscript):/i.test(one.getAttribute('href'))).length,
    );
    seen.width = await page.evaluate(() => document.documentElement.scrollWidth);
    seen.text = await page.evaluate(() => document.body.innerText);
    if (judge) {
      await page.evaluate(axe);
      const result = await page.evaluate(() => globalThis.axe.run(document));
      seen.checked = result.passes.length;
      seen.violations = result.violations.map((one) => `${one.id}: ${one.nodes[0].html}`);
    }
    return seen;
  } finally {
    await context.close();
  }
}
