import { RequestMethod } from '@nestjs/common';
import { HTTP_CODE_METADATA, METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import type { DiscoveryService } from '@nestjs/core';
import { descriptionOf, type Described } from './describes.js';

/** A route as the framework has it. */
export type Route = {
  /** In lower case, as OpenAPI writes it. */
  readonly method: string;
  /** With its parameters in braces. */
  readonly path: string;
  readonly parameters: readonly string[];
  /** The status of a success. */
  readonly status: number;
  readonly described: Described | undefined;
};

/** Every route of every controller, found where the framework finds them: in the metadata of the decorators. */
export function routesOf(discovery: DiscoveryService): Route[] {
  return discovery.getControllers().flatMap(({ metatype }) => (typeof metatype === 'function' ? routesIn(metatype) : []));
}

function routesIn(controller: { readonly prototype?: unknown }): Route[] {
  const prototype = controller.prototype as Record<string, unknown>;
  const roots = listOf(Reflect.getMetadata(PATH_METADATA, controller) as string | string[]);
  const names = Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor');
  const handlers = names.map((name) => prototype[name]).filter((member) => typeof member === 'function');
  return handlers.flatMap((handler) => {
    const paths = Reflect.getMetadata(PATH_METADATA, handler) as string | string[] | undefined;
    if (paths === undefined) return [];
    return roots.flatMap((root) => listOf(paths).map((path) => routeOf(handler, `/${root}/${path}`)));
  });
}

function routeOf(handler: object, joined: string): Route {
  const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod].toLowerCase();
  const path = joined.replace(/\/{2,}/g, '/').replace(/(?<=.)\/$/, '');
  return {
    method,
    path: path.replace(/:(\w+)/g, '{$1}'),
    parameters: [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name),
    status: (Reflect.getMetadata(HTTP_CODE_METADATA, handler) as number | undefined) ?? (method === 'post' ? 201 : 200),
    described: descriptionOf(handler),
  };
}

const listOf = (paths: string | readonly string[]): readonly string[] => (typeof paths === 'string' ? [paths] : paths);
