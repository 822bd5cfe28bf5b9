// Writes react.jsx with the version of ai that is the first argument (5, 6 or 7) to the file that is the second.
import { build } from 'esbuild'

const [version, outfile] = process.argv.slice(2)
await build({
  entryPoints: [new URL('react.jsx', import.meta.url).pathname],
  outfile,
  bundle: true,
  format: 'iife',
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"development"' }, // Strict Mode runs effects twice in development only
  alias: { '@ai-sdk/react': `@ai-sdk/react-${version}`, ai: `ai-${version}` },
  logLevel: 'error',
})
