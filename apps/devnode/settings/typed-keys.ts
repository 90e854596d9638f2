/** Values of keys as what they mean: paths, numbers, durations. */
import { isAbsolute, join } from 'node:path'
import { goDurationMs } from '../config/go-duration.ts'
import type { ListenAddress } from '../operations/http-listener.ts'
import type { KeyValues } from './read-keys.ts'

export interface TypedKeysOptions<K extends string> {
  readonly values: KeyValues
  /** What Fabric takes for a key that is missing or empty; without one: empty. */
  readonly defaults: Readonly<Partial<Record<K, string>>>
  /** Relative paths begin there. */
  readonly folder: string
}

/** Each method throws an Error that names the key whose value cannot be read. */
export class TypedKeys<K extends string> {
  readonly #options: TypedKeysOptions<K>

  constructor(options: TypedKeysOptions<K>) {
    this.#options = options
  }

  isSet(key: K): boolean {
    return this.#options.values.has(key)
  }

  text(key: K): string {
    const value = this.#options.values.get(key) ?? ''
    const single = typeof value === 'string' ? value : value.join(',')
    return single === '' ? (this.#options.defaults[key] ?? '') : single
  }

  list(key: K): readonly string[] {
    const value = this.#options.values.get(key) ?? []
    if (typeof value !== 'string') return value
    return value === '' ? [] : value.split(/[,\s]+/)
  }

  path(key: K): string {
    return this.#absolute(this.text(key))
  }

  paths(key: K): readonly string[] {
    return this.list(key).map((path) => this.#absolute(path))
  }

  flag(key: K): boolean {
    return this.parsed(key, booleanOf)
  }

  number(key: K): number {
    return this.parsed(key, numberOf)
  }

  /** Milliseconds. */
  duration(key: K): number {
    return this.parsed(key, goDurationMs)
  }

  /** Bytes of `10 MB`, `512k`, `1048576`. */
  size(key: K): number {
    return this.parsed(key, sizeOf)
  }

  address(key: K): ListenAddress {
    return this.parsed(key, addressOf)
  }

  parsed<T>(key: K, parse: (text: string) => T): T {
    const text = this.text(key)
    try {
      return parse(text)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`${key} is ${JSON.stringify(text)}: ${reason}`, { cause: error })
    }
  }

  #absolute(path: string): string {
    return path === '' || isAbsolute(path) ? path : join(this.#options.folder, path)
  }
}

/** `host:port`; the host may be empty, or an IPv6 address in brackets. @throws Error on anything else */
export function addressOf(text: string): ListenAddress {
  const [, host = '', port = ''] = /^(.*):(\d+)$/.exec(text) ?? []
  if (port === '') throw new Error('not an address with a port')
  return { host: host.replace(/^\[|\]$/g, ''), port: numberOf(port) }
}

/** Go's texts of truth and some that viper takes besides. @throws Error on anything else */
export function booleanOf(text: string): boolean {
  if (/^(true|t|1)$/i.test(text)) return true
  if (/^(false|f|0|)$/i.test(text)) return false
  throw new Error('neither true nor false')
}

function numberOf(text: string): number {
  const number = Number(text)
  if (text === '' || !Number.isSafeInteger(number) || number < 0) throw new Error('not a number')
  return number
}

/** Units are powers of 1024, as Fabric reads them. */
function sizeOf(text: string): number {
  const [, number = '', unit = ''] = /^(\d+)\s*([kmg]?)b?$/i.exec(text.trim()) ?? []
  if (number === '') throw new Error('not a size')
  return Number(number) * 1024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase())
}
