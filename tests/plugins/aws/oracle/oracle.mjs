// Two answers that are not ours: the official AWS SDK must parse our fake, and aws4 must come to the
// signatures our client sent.
//
// usage: node oracle.mjs URL REQUESTS   (the fake's address; its requests.jsonl of our client)
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { DescribeInstanceTypesCommand, EC2Client, paginateDescribeSpotPriceHistory } from "@aws-sdk/client-ec2";
import { PricingClient, paginateGetProducts } from "@aws-sdk/client-pricing";
import { signedActions } from "./signatures.mjs";

const [endpoint, requests] = process.argv.slice(2);
const keys = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG", sessionToken: "SESSIONTOKENSESSIONTOKEN" };
const data = JSON.parse(readFileSync(new URL("../fake_aws.json", import.meta.url)));

// 1. What our client sent, before the SDK sends its own.
const { count, actions } = signedActions(requests, keys);
assert.ok(count > 5, `our client sent ${count} requests`);
assert.deepEqual(actions, ["DescribeInstanceTypes", "DescribeSpotPriceHistory", "GetProducts"]);

// 2. The fake, by the official clients.
const config = { endpoint, region: "us-east-1", credentials: keys };
const spot = [];
for await (const page of paginateDescribeSpotPriceHistory({ client: new EC2Client(config) }, { StartTime: new Date() }))
  spot.push(...page.SpotPriceHistory);
assert.deepEqual(spot.map((s) => [s.AvailabilityZone, s.InstanceType, s.ProductDescription, s.SpotPrice, s.Timestamp.toISOString()]),
  data.spot.map((s) => [s.zone, s.type, s.product, s.price, s.since]));

const types = await new EC2Client(config).send(new DescribeInstanceTypesCommand({}));
const [first] = types.InstanceTypes;
assert.deepEqual([first.InstanceType, first.VCpuInfo.DefaultVCpus, first.MemoryInfo.SizeInMiB, first.ProcessorInfo.SupportedArchitectures,
  first.SupportedUsageClasses], ["m5.large", 2, 8192, ["x86_64"], ["on-demand", "spot"]]);
assert.ok(types.NextToken);

const products = [];
const filter = (Field, Value) => ({ Type: "TERM_MATCH", Field, Value });
for await (const page of paginateGetProducts({ client: new PricingClient(config) },
  { ServiceCode: "AmazonEC2", Filters: [filter("regionCode", "us-east-1"), filter("operatingSystem", "Windows")] }))
  products.push(...page.PriceList.map((text) => JSON.parse(text).product.attributes.instanceType));
assert.deepEqual(products, ["m5.large", "m5.large"]);

console.log(`${count} signatures, ${spot.length} spot prices, ${products.length} products: all agree`);
