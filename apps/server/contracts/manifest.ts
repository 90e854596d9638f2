import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PlatformError } from '@cello/model'
import { z } from 'zod'
import { safeEntryPath } from './entry-name.ts'

const Dependencies = z.record(z.string().max(214), z.string().max(500)).default({})

/** What we use of a contract's package.json; npm's own rules hold for the rest. */
const Manifest = z.looseObject({
  name: z
    .string()
    .max(214)
    .regex(/^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/, 'write it as npm wants it, such as my-contract'),
  version: z
    .string()
    .max(60)
    .regex(/^\d+\.\d+\.\d+([-+][0-9A-Za-z.+-]+)?$/, 'write it as 1.0.0'),
  /** The file that exports `contracts`. */
  main: z
    .string()
    .min(1)
    .max(500)
    .regex(/^(?!.*\.[cm]?ts$)/, 'name the compiled file, such as dist/index.js')
    .default('index.js'),
  dependencies: Dependencies,
  devDependencies: Dependencies,
  workspaces: z.undefined({ error: 'a contract is one package, without workspaces' }).optional(),
})
export type Manifest = z.infer<typeof Manifest>

/** Reads `<folder>/package.json`. @throws PlatformError PACKAGE_INVALID */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch((error: unknown) => {
    throw new PlatformError('PACKAGE_INVALID', { detail: 'it holds no package.json' }, { cause: error })
  })
  const parsed = Manifest.safeParse(parseJson(text))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    const detail = `package.json: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}`
    throw new PlatformError('PACKAGE_INVALID', { detail })
  }
  return { ...parsed.data, main: withExtension(safeEntryPath(parsed.data.main)) }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new PlatformError(
      'PACKAGE_INVALID',
      { detail: `package.json is no JSON (${String(error)})` },
      { cause: error },
    )
  }
}

function withExtension(main: string): string {
  return /\.[cm]?js$/.test(main) ? main : `${main}.js`
}
