// Checks that every relative link in the documents leads to a file, and every #anchor in the same
// set of documents to a heading.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.md'], { encoding: 'utf8' })
  .split('\n')
  .filter((name) => name && existsSync(name));
const slug = (heading) =>
  heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\- _]/gu, '')
    .replace(/ /g, '-');
const anchors = (name) =>
  new Set([...readFileSync(name, 'utf8').matchAll(/^#+ (.*)$/gm)].map((match) => slug(match[1].replace(/`/g, ''))));

let bad = 0;
for (const name of files) {
  const text = readFileSync(name, 'utf8').replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');
  for (const [, target] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(target)) continue;
    const [path, anchor] = target.split('#');
    const file = path ? normalize(join(dirname(name), path)) : name;
    if (!existsSync(file)) {
      console.log(`${name}: ${target} leads nowhere`);
      bad += 1;
    } else if (anchor && statSync(file).isFile() && file.endsWith('.md') && !anchors(file).has(anchor)) {
      console.log(`${name}: ${target}: no such heading`);
      bad += 1;
    }
  }
}
console.log(`${files.length} documents, ${bad} broken links`);
process.exit(bad ? 1 : 0);
