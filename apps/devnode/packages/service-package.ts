/** Packages of contracts as services that no configured builder takes: read as Fabric's own ccaas_builder reads them. */
import type { ContractConnection } from '../lifecycle/lifecycle.ts'
import { readConnectionJson } from './connection-json.ts'
import type { InstallPackage } from './install-package.ts'
import { readTarGzip, regularFile } from './tar-gzip.ts'

/** Variable with the values of templates, as JSON: `{"peername":"peer0"}`. */
const variable = 'CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG'
const file = 'connection.json'
const templated = ['address', 'dial_timeout', 'root_cert', 'client_key', 'client_cert']

export const isServicePackage = ({ type }: InstallPackage): boolean => type.toLowerCase() === 'ccaas'

/** @param environment the program's variables @throws Error saying what is missing or wrong in the package */
export async function readServicePackage(
  { code }: InstallPackage,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<ContractConnection> {
  let found: Uint8Array | undefined
  await readTarGzip(code, ({ name, type, content }) => {
    if (type === regularFile && (name === file || name === `./${file}`)) found = content
  })
  if (!found) throw new Error(`${file} not found in source folder`)
  const values = valuesOf(environment[variable] ?? '')
  const filled = fill(JSON.parse(Buffer.from(found).toString('utf8')), values)
  return readConnectionJson(JSON.stringify(filled), file)
}

type Values = Readonly<Record<string, unknown>>

function valuesOf(text: string): Values {
  if (text === '') return {}
  const values: unknown = JSON.parse(text)
  return typeof values === 'object' && values !== null ? { ...values } : {}
}

function fill(content: unknown, values: Values): Values {
  if (typeof content !== 'object' || content === null) throw new Error(`${file} is no JSON object`)
  const entries = Object.entries(content).map(([name, value]): [string, unknown] => {
    return templated.includes(name) && typeof value === 'string' ? [name, expand(name, value, values)] : [name, value]
  })
  return Object.fromEntries(entries)
}

/** Of Go's templates, the one form that such files use: `{{.peername}}`. */
function expand(field: string, template: string, values: Values): string {
  const expanded = template.replaceAll(/\{\{-?\s*\.(\w+)\s*-?\}\}/g, (_, name: string) => {
    if (Object.hasOwn(values, name)) return String(values[name])
    throw new Error(`Failed to parse the ${field} field template: map has no entry for key "${name}"`)
  })
  if (!expanded.includes('{{')) return expanded
  throw new Error(`Failed to parse the ${field} field template: the devnode fills in {{.name}} alone`)
}
