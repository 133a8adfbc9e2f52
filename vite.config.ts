import { fileURLToPath } from 'node:url'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

/** The console: built into dist/console, or served while it is worked on beside a broker that runs (BROKER, its HTTP address). */
const broker = process.env.BROKER ?? 'http://localhost:9080'

export default defineConfig({
  root: fileURLToPath(new URL('src/console', import.meta.url)),
  plugins: [react()],
  build: {
    outDir: fileURLToPath(new URL('dist/console', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    // Pictures within the code would need `data:` in the content security policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    modulePreload: { polyfill: false },
  },
  server: { port: 5173, proxy: { '/api': { target: broker, changeOrigin: true } } },
})
