import type { Conduct } from '../domain/outcome.js';
import type { Load } from '../store/delivery-store.js';

/** What a delivery counts against: its receiver, and the developer whose results these are. */
export type Occupant = { readonly lane: string; readonly clientId: string };

/** What is forgotten first was heard of longest ago; a forgotten lane counts as a new one. */
const MAX_REMEMBERED_LANES = 1_000;
/** Neither one client nor all failing receivers together may keep the others from being served. */
const SHARE = 0.5;
/** A new or failing receiver is given a single post until it has answered well: one that hangs then holds one place and not several. */
const MAX_POSTS_UNTIL_PROVEN = 1;

/**
 * Counts the posts under way, in all, by lane and by client, and remembers how lanes behaved. All bounds are this process's own, so a fleet of
 * replicas posts that many times as much.
 */
export class Lanes {
  private readonly posts = new Map<string, number>();
  private readonly clients = new Map<string, number>();
  private readonly conduct = new Map<string, Conduct>();
  private readonly maxPostsOfShare: number;
  private total = 0;

  constructor(
    readonly maxPosts: number,
    readonly maxPostsPerLane: number,
  ) {
    this.maxPostsOfShare = Math.max(1, Math.floor(maxPosts * SHARE));
  }

  get room(): number {
    return this.maxPosts - this.total;
  }

  get load(): Load {
    return {
      room: this.room,
      lanes: [...this.posts].map(([lane, posts]) => ({ lane, posts, maxPosts: this.maxPostsOf(lane) })),
      clients: [...this.clients].map(([clientId, posts]) => ({ clientId, posts })),
      maxPostsPerClient: this.maxPostsOfShare,
      failingLanes: [...this.conduct].filter(([, conduct]) => conduct === 'failing').map(([lane]) => lane),
      failingRoom: Math.max(0, this.maxPostsOfShare - this.failingPosts()),
    };
  }

  enter({ lane, clientId }: Occupant): void {
    this.total += 1;
    add(this.posts, lane, 1);
    add(this.clients, clientId, 1);
  }

  /** Frees a place and remembers how the receiver behaved. True when something may have waited for just this. */
  leave({ lane, clientId }: Occupant, conduct?: Conduct): boolean {
    const wasFull =
      this.total >= this.maxPosts ||
      (this.posts.get(lane) ?? 0) >= this.maxPostsOf(lane) ||
      (this.clients.get(clientId) ?? 0) >= this.maxPostsOfShare ||
      this.failingPosts() >= this.maxPostsOfShare;
    this.total -= 1;
    add(this.posts, lane, -1);
    add(this.clients, clientId, -1);
    if (conduct !== undefined) this.remember(lane, conduct);
    return wasFull;
  }

  private maxPostsOf(lane: string): number {
    return this.conduct.get(lane) === 'well' ? this.maxPostsPerLane : MAX_POSTS_UNTIL_PROVEN;
  }

  private failingPosts(): number {
    return [...this.posts].reduce((sum, [lane, posts]) => sum + (this.conduct.get(lane) === 'failing' ? posts : 0), 0);
  }

  private remember(lane: string, conduct: Conduct): void {
    this.conduct.delete(lane);
    this.conduct.set(lane, conduct);
    if (this.conduct.size <= MAX_REMEMBERED_LANES) return;
    const [oldest] = this.conduct.keys();
    if (oldest !== undefined) this.conduct.delete(oldest);
  }
}

function add(counts: Map<string, number>, key: string, change: 1 | -1): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
