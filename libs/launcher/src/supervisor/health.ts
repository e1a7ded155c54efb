import { request } from 'node:http';

const ANSWER_WITHIN_MS = 2_000;

/** Whether a GET of this path on this port of 127.0.0.1 answers 200 within two seconds. Each question has a connection of its own. */
export function answersOk(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const question = request({ host: '127.0.0.1', port, path, agent: false, timeout: ANSWER_WITHIN_MS }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    question.once('timeout', () => question.destroy());
    question.once('error', () => resolve(false));
    question.once('close', () => resolve(false));
    question.end();
  });
}
