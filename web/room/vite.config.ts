import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** room.js and room.css keep their names for the page that loads them; what they load later carries a hash. */
export default defineConfig({
  root: here("."),
  base: "./",
  plugins: [react()],
  build: {
    outDir: here("../../estrade/static/room"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    target: "es2022",
    rolldownOptions: {
      input: { room: here("src/main.tsx") },
      output: {
        entryFileNames: "room.js",
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: (asset) => (asset.names[0]?.endsWith(".css") ? "room.css" : "[name]-[hash][extname]"),
      },
    },
  },
  test: { include: ["src/**/*.test.ts"] },
});
