import type { Socket } from 'node:net'

/** Lines of text over a socket, both ways. What is sent in one turn of the event loop goes out in one write. */
export class LineSocket {
  readonly socket: Socket
  #outgoing: string[] = []
  #incomplete: string[] = []

  constructor(socket: Socket, onLine: (line: string) => void) {
    this.socket = socket
    socket.setEncoding('utf8')
    socket.on('data', (piece: string) => this.#take(piece, onLine))
    // 'close' follows every error; whoever owns the socket listens to that.
    socket.on('error', () => {})
  }

  /** @param line without a line break */
  send(line: string): void {
    if (this.#outgoing.push(`${line}\n`) === 1) queueMicrotask(() => this.#flush())
  }

  #flush(): void {
    const text = this.#outgoing.join('')
    this.#outgoing = []
    if (this.socket.writable) this.socket.write(text)
  }

  #take(piece: string, onLine: (line: string) => void): void {
    const parts = piece.split('\n')
    const last = parts.pop() ?? ''
    for (const part of parts) {
      const line = this.#incomplete.length > 0 ? this.#incomplete.join('') + part : part
      this.#incomplete = []
      onLine(line)
    }
    if (last !== '') this.#incomplete.push(last)
  }
}
