// Builds what every page loads into estrade/static/: the stylesheet, the fonts, the script, the icons, the logo.
// Names carry a hash of the content; assets.json says which plain name became which, and `{% asset %}` reads it.

import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import tailwindcss from "@tailwindcss/vite";
import { build } from "vite";

const here = import.meta.dirname;
const out = join(here, "../../estrade/static");
const require = createRequire(import.meta.url);

const assets: Record<string, string> = {};

function removePreviousBuild(): void {
  const list = join(out, "assets.json");
  if (!existsSync(list)) return;
  const previous = JSON.parse(readFileSync(list, "utf8")) as Record<string, string>;
  for (const [plain, hashed] of Object.entries(previous)) {
    rmSync(join(out, plain), { force: true });
    rmSync(join(out, hashed), { force: true });
  }
}

async function buildStylesheetAndScript(): Promise<void> {
  const result = await build({
    root: here,
    configFile: false,
    logLevel: "warn",
    base: "./",
    plugins: [tailwindcss()],
    build: {
      outDir: out,
      emptyOutDir: false,
      assetsInlineLimit: 0,
      modulePreload: false,
      rolldownOptions: {
        input: { pages: join(here, "src/pages.ts"), estrade: join(here, "src/theme.css") },
        output: { entryFileNames: "[name]-[hash].js", assetFileNames: "[name]-[hash][extname]" },
      },
    },
  });
  const outputs = Array.isArray(result) ? result : [result];
  for (const { output } of outputs as { output: { fileName: string }[] }[]) {
    for (const { fileName } of output) assets[fileName.replace(/-[\w-]{8}(\.\w+)$/, "$1")] = fileName;
  }
}

/** Write `content` under a name with its hash, and note the plain name. */
function keep(plain: string, content: string | Buffer): void {
  const hash = createHash("sha256").update(content).digest("base64url").slice(0, 8);
  const hashed = plain.replace(/(\.\w+)$/, `-${hash}$1`);
  writeFileSync(join(out, hashed), content);
  assets[plain] = hashed;
}

type IconNode = [string, Record<string, string>][];

/** Every lucide icon as the markup inside its <svg>, for the template tag `icon`. */
function icons(): string {
  const nodes = JSON.parse(readFileSync(require.resolve("lucide-static/icon-nodes.json"), "utf8")) as Record<string, IconNode>;
  const markup = ([tag, attributes]: IconNode[number]) =>
    `<${tag} ${Object.entries(attributes).map(([name, value]) => `${name}="${value}"`).join(" ")}/>`;
  return JSON.stringify(Object.fromEntries(Object.entries(nodes).map(([name, node]) => [name, node.map(markup).join("")])));
}

mkdirSync(out, { recursive: true });
removePreviousBuild();
await buildStylesheetAndScript();
for (const name of readdirSync(join(here, "logo"))) keep(name, readFileSync(join(here, "logo", name)));
writeFileSync(join(out, "icons.json"), icons());
// For what is printed (PDF): a face that has every letter that people's names have.
for (const face of ["DejaVuSans", "DejaVuSans-Bold"]) {
  cpSync(require.resolve(`dejavu-fonts-ttf/ttf/${face}.ttf`), join(out, `${face}.ttf`));
}
for (const plain of ["estrade.css", "pages.js"]) cpSync(join(out, assets[plain] ?? plain), join(out, plain));
writeFileSync(join(out, "assets.json"), `${JSON.stringify(assets, null, 2)}\n`);
console.log(`${Object.keys(assets).length} files in estrade/static`);
