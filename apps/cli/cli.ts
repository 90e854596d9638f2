import type { Client } from '@cello/sdk'
import { CommandError, exitCodes } from './exit-codes.ts'
import { findServer } from './find-server.ts'

/** Where text goes: the process's own streams, or a test's. */
export interface TextStream {
  write(text: string): unknown
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

/** What every command is given. */
export interface Cli {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Data: what a script reads. */
  readonly out: TextStream
  /** Talk: progress, questions, errors. */
  readonly err: TextStream
  readonly in: { readonly isTTY?: boolean | undefined }
  /** Fires at Ctrl-C. */
  readonly interrupt: AbortSignal
  /** The server of this machine. @throws CommandError when none runs. */
  client(): Promise<Client>
  /** The command's result where no error tells it. */
  exitCode: number
}

export function createCli(parts: Pick<Cli, 'env' | 'out' | 'err' | 'in' | 'interrupt'>): Cli {
  let client: Promise<Client> | undefined
  return {
    ...parts,
    exitCode: exitCodes.done,
    client() {
      client ??= connect(parts)
      return client
    },
  }
}

async function connect({ env, interrupt }: Pick<Cli, 'env' | 'interrupt'>): Promise<Client> {
  const server = await findServer(env)
  if (!server) {
    throw new CommandError(
      exitCodes.failed,
      'No Cello server runs here.',
      'Start it with `npm start` in the folder of Cello; another one is named by CELLO_URL and CELLO_TOKEN.',
    )
  }
  // Loaded here, so that help and completion do not wait for it.
  const { createClient } = await import('@cello/sdk')
  return createClient({ baseUrl: server.url, token: server.token, signal: interrupt, retries: 2 })
}
