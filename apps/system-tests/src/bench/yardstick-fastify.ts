import { fastify } from 'fastify';
import pg from 'pg';

/**
 * Yardstick (a): the least that a durable answer can cost in Node. Bare Fastify and pg, one durable insert for each request, no validation.
 */
const url = process.env['YARDSTICK_POSTGRES_URL'] ?? '';
const port = process.env['YARDSTICK_PORT'] ?? '0';
const pool = new pg.Pool({ connectionString: url, max: 16 });
await pool.query('create table if not exists yardstick_a (client_id text, trade_no text, body jsonb, primary key (client_id, trade_no))');

const app = fastify();
app.get('/health/ready', () => ({ ready: true }));
app.post<{ Body: { clientId: string; tradeNo: string } }>('/pay', async (request) => {
  const { clientId, tradeNo } = request.body;
  await pool.query({ name: 'insert', text: 'insert into yardstick_a values ($1, $2, $3)', values: [clientId, tradeNo, request.body] });
  return { code: 200, msg: 'success' };
});
await app.listen({ port: Number(port), host: '127.0.0.1' });
process.stdin.on('end', () => process.exit(0)).resume();
