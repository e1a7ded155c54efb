import 'reflect-metadata';
import { Body, Controller, Get, HttpCode, Inject, Module, Post, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { Column, DataSource, Entity, PrimaryColumn, type Repository } from 'typeorm';

/**
 * Yardstick (b): what a team would write on the first day. NestJS on Express, class-validator in a ValidationPipe, TypeORM `save` of one
 * entity, everything in one process.
 */
const url = process.env['YARDSTICK_POSTGRES_URL'] ?? '';
const port = process.env['YARDSTICK_PORT'] ?? '0';

class PayDto {
  @IsString() @Length(1, 40) clientId!: string;
  @IsString() @Length(1, 40) merchantId!: string;
  @IsString() @Length(1, 64) posId!: string;
  @IsString() @Length(1, 64) tradeNo!: string;
  @IsString() transType!: string;
  @IsInt() @Min(1) @Max(999_999_999_999) transAmount!: number;
  @IsString() @Matches(/^\d{3}$/) currencyCode!: string;
  @IsOptional() @IsString() callerName?: string;
}

@Entity('yardstick_b')
class Payment {
  @PrimaryColumn('text') clientId!: string;
  @PrimaryColumn('text') tradeNo!: string;
  @Column('text') merchantId!: string;
  @Column('text') posId!: string;
  @Column('text') transType!: string;
  @Column('bigint') transAmount!: number;
  @Column('text') currencyCode!: string;
  @Column('timestamptz') createdAt!: Date;
}

const dataSource = await new DataSource({ type: 'postgres', url, entities: [Payment], poolSize: 16 }).initialize();
await dataSource.query(`
  create table if not exists yardstick_b ("clientId" text, "tradeNo" text, "merchantId" text, "posId" text, "transType" text,
    "transAmount" bigint, "currencyCode" text, "createdAt" timestamptz, primary key ("clientId", "tradeNo"))`);

@Controller()
class PayController {
  constructor(@Inject('payments') private readonly payments: Repository<Payment>) {}

  @Get('health/ready')
  ready(): object {
    return { ready: true };
  }

  @Post('pay')
  @HttpCode(200)
  async pay(@Body() body: PayDto): Promise<object> {
    await this.payments.save(this.payments.create({ ...body, createdAt: new Date() }));
    return { code: 200, msg: 'success' };
  }
}

@Module({ controllers: [PayController], providers: [{ provide: 'payments', useValue: dataSource.getRepository(Payment) }] })
class YardstickModule {}

const app = await NestFactory.create(YardstickModule, { logger: false });
app.useGlobalPipes(new ValidationPipe({ whitelist: true }));
await app.listen(Number(port), '127.0.0.1');
process.stdin.on('end', () => process.exit(0)).resume();
