import { Controller, Get, Header, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { DiscoveryService } from '@nestjs/core';
import { Describes } from './describes.js';
import { documentOf } from './document.js';
import { pageOf } from './page.js';
import { routesOf } from './routes.js';
import { STYLE } from './style.js';

/**
 * The document, made once from the routes that the framework has, for nothing changes after the start. Made at the start, because it takes
 * the time of many payments, and no till shall wait for somebody's first look at it.
 */
@Injectable()
export class ApiDescription implements OnApplicationBootstrap {
  /** As JSON. */
  document = '';
  /** As HTML. */
  page = '';

  constructor(@Inject(DiscoveryService) private readonly discovery: DiscoveryService) {}

  onApplicationBootstrap(): void {
    const document = documentOf(routesOf(this.discovery));
    this.document = JSON.stringify(document);
    this.page = pageOf(document);
  }
}

/** Nothing but our own style sheet: the page needs no script, so none may run on it. */
const POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** What this server takes and gives, for programs and for people. Open to everybody: it holds no secret. */
@Controller()
export class DocsController {
  constructor(@Inject(ApiDescription) private readonly description: ApiDescription) {}

  @Get('openapi.json')
  @Header('content-type', 'application/json; charset=utf-8')
  @Describes({ summary: 'This document, for programs', answer: 'application/json' })
  document(): string {
    return this.description.document;
  }

  @Get('docs')
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', POLICY)
  @Header('referrer-policy', 'no-referrer')
  @Describes({ summary: 'This document, for people', answer: 'text/html' })
  page(): string {
    return this.description.page;
  }

  @Get('docs/style.css')
  @Header('content-type', 'text/css; charset=utf-8')
  @Describes({ summary: 'How the page looks', answer: 'text/css' })
  style(): string {
    return STYLE;
  }
}
