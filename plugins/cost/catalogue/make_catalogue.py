#!/usr/bin/env python3
"""Makes the built-in price catalogues of the cloud plugins from a folder of price tables.

  make_catalogue.py DATA_DIR [aws|gce|azure ...]    writes plugins/cost/NAME/NAME.catalogue

The result depends on the tables alone: the same tables give the same bytes. Builds never need this.

Form, little-endian, read by catalogue.hpp:
  8 bytes "NOVACAT1", uint32 size of the header, uint32 0, the header (JSON, padded with blanks to a
  multiple of 8), then columns, each at a multiple of 8 from the end of the header.
  header.columns: {name: {as: u8|u16|u32|f64|text, rows, at, bytes}}; a text column is its rows, each
  ended by a newline.
Rows are sorted by region and machine type. A price is a u32 in millionths of the currency for an hour, an
upfront sum a u32 in whole units; 0 = not known. An info byte is `what + 8 * source`: what = 0 not offered,
1..5 interruption band 0..4, 6 band not known (on demand: 6 = offered).
"""
import csv
import decimal
import gzip
import json
import pathlib
import struct
import sys

HERE = pathlib.Path(__file__).resolve().parent
BANDS = [0.025, 0.075, 0.125, 0.175, 0.30]  # middle of each band of the Spot Advisor, share a month
OFFERED = 6
MICRO = decimal.Decimal(10) ** 6


def table(path):
    opened = gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else open(path, encoding="utf-8")
    with opened as f:
        return list(csv.DictReader(f))


def whole(text, scale=MICRO):
    """The decimal `text` in units of 1/scale, exactly; 0 for an empty cell."""
    if not text:
        return 0
    value = decimal.Decimal(text) * scale
    if value != int(value) or not 0 < value < 2**32:
        raise SystemExit(f"{text}: is no whole number of 1/{scale}, or does not fit")
    return int(value)


class Writer:
    def __init__(self, header):
        self.header, self.body = dict(header, columns={}), bytearray()

    def column(self, name, kind, values):
        self.body += bytes(-len(self.body) % 8)
        if kind == "text":
            data = "".join(f"{v}\n" for v in values).encode()
        else:
            data = struct.pack(f"<{len(values)}{dict(u8='B', u16='H', u32='I', f64='d')[kind]}", *values)
        self.header["columns"][name] = {"as": kind, "rows": len(values), "at": len(self.body), "bytes": len(data)}
        self.body += data

    def write(self, path):
        head = json.dumps(self.header, separators=(",", ":")).encode()
        head += b" " * (-len(head) % 8)
        path.write_bytes(b"NOVACAT1" + struct.pack("<II", len(head), 0) + head + self.body)
        print(f"{path.name}: {path.stat().st_size} bytes, {len(self.header['columns'])} columns")


def write_types(out, types):
    """types: [{name, family, arch, vcpus, memory_mib, gpus, units, flexible, details}], sorted by name."""
    for key in ("name", "family", "arch", "details"):
        out.column(f"types.{key}", "text", [t[key] for t in types])
    for key in ("vcpus", "memory_mib", "gpus", "units"):  # NaN = not known
        out.column(f"types.{key}", "f64", [float(t[key]) for t in types])
    out.column("types.flexible", "u8", [int(t["flexible"]) for t in types])


def write_regions(out, regions):
    """regions: [{name, kind, parent, currency, index}], sorted; index is against the base region, NaN = unknown."""
    for key in ("name", "kind", "parent", "currency"):
        out.column(f"regions.{key}", "text", [r[key] for r in regions])
    out.column("regions.index", "f64", [float(r["index"]) for r in regions])


def write_rows(out, keys, regions, types, columns):
    """keys: sorted [(region, type)]; columns: {name: (kind, {key: value})}."""
    region_at, type_at = ({x["name"]: i for i, x in enumerate(xs)} for xs in (regions, types))
    first = [0] * (len(regions) + 1)
    for region, _ in keys:
        first[region_at[region] + 1] += 1
    for i in range(len(regions)):
        first[i + 1] += first[i]
    out.column("rows.first", "u32", first)  # of each region, and the end
    out.column("rows.type", "u16", [type_at[t] for _, t in keys])
    for name, (kind, values) in columns.items():
        out.column(f"rows.{name}", kind, [values.get(k, 0) for k in keys])


def details(**facts):
    """A JSON object without its braces, of what is known and worth saying."""
    return json.dumps({k: v for k, v in facts.items() if v}, separators=(",", ":"))[1:-1]


def number(text):
    value = float(text)
    return int(value) if value == int(value) else value


# --- AWS ---------------------------------------------------------------------------------------------

VANTAGE, KARPENTER, DEDICATED, OBSERVED, ESTIMATED, CHINA, UPFRONT, MULTIPLIED, LIKE_RESERVED, INDEXED, FIXTURES, PUBLISHED = range(12)
AWS_SOURCES = [
    ("AWS Price List by the Vantage mirror", "2026-07-05", "list"),
    ("AWS Price List by Karpenter 1d927085", "2026-07-20", "list"),
    ("AWS Price List by Karpenter 1d927085: dedicated tenancy taken for shared", "2026-07-20", "estimated"),
    ("AWS spot by the Vantage mirror: mean over the region's zones", "2026-07-05", "observed"),
    ("Vantage mirror: on-demand less the Spot Advisor's saving", "2026-07-05", "estimated"),
    ("AWS China Price List by Karpenter 1d927085", "2024-11-06", "list"),
    ("AWS Price List by the Vantage mirror: reserved, all upfront", "2026-07-05", "list"),
    ("reserved, all upfront, times the usual ratio of this payment option", "2026-07-05", "estimated"),
    ("reserved price taken for the savings plan of equal headline discount", "2026-07-05", "estimated"),
    ("us-east-1 price times the region's median index", "2026-07-05", "estimated"),
    ("AWS Price List by Infracost fixtures 95ba4f49", "2024-07-01", "list"),
    ("AWS public price list", "2024-07-01", "list"),
]
SIZES = dict(nano=0.25, micro=0.5, small=1, medium=2, large=4, xlarge=8)


def size_units(size):
    """Normalisation factor of a size; None for a bare `metal`."""
    if size in SIZES:
        return SIZES[size]
    size = size.removeprefix("metal-").replace("xl", "xlarge") if size.startswith("metal-") else size
    return 8 * int(size.removesuffix("xlarge")) if size.endswith("xlarge") else None


def aws_types(rows):
    arch = {"amd64": "x86_64", "arm64": "aarch64", "amd64-mac": "x86_64", "arm64-mac": "arm64"}
    by_vcpu = {(r["family"], r["vcpu"]): size_units(r["size"]) for r in rows if size_units(r["size"])}
    made = []
    for r in sorted(rows, key=lambda r: r["type"]):
        units = size_units(r["size"]) or by_vcpu.get((r["family"], r["vcpu"]))
        devices = float(r["gpu_count"] or 0) + float(r["accel_count"] or 0)
        made.append(dict(
            name=r["type"], family=r["family"], arch=arch[r["arch"]], vcpus=r["vcpu"], memory_mib=r["memory_mib"],
            gpus=r["gpu_count"] or "nan", units=units or "nan", flexible=bool(units) and devices == 0,
            details=details(gpu=r["gpu_name"], accelerator=r["accel_name"], local_storage_gb=number(r["local_storage_gb"] or 0),
                            network_gbps=number(r["net_baseline_gbps"] or 0), burstable=r["burstable"] == "1",
                            bare_metal=r["bare_metal"] == "1", previous_generation=r["current_gen"] == "0")))
    return made


def aws_rates(data):
    gb, iops = "GB-month", "IOPS-month"
    # item of aws-storage.csv -> (item, unit, [(from, price or None for the table's own)])
    names = {
        "ebs.gp3.storage": ("storage.gp3", gb, [(0, None)]),
        "ebs.gp3.iops_over_3000": ("storage.gp3.iops", iops, [(0, "0"), (3000, None)]),
        "ebs.gp3.throughput_over_125": ("storage.gp3.throughput", "MBps-month", [(0, "0"), (125, None)]),
        "ebs.gp2.storage": ("storage.gp2", gb, [(0, None)]), "ebs.io1.storage": ("storage.io1", gb, [(0, None)]),
        "ebs.io1.iops": ("storage.io1.iops", iops, [(0, None)]), "ebs.io2.storage": ("storage.io2", gb, [(0, None)]),
        "ebs.io2.iops_first_32000": ("storage.io2.iops", iops, [(0, None), (32000, "0.0455"), (64000, "0.03185")]),
        "ebs.st1.storage": ("storage.st1", gb, [(0, None)]), "ebs.sc1.storage": ("storage.sc1", gb, [(0, None)]),
        "ebs.standard.storage": ("storage.standard", gb, [(0, None)]),
        "ebs.standard.io": ("storage.standard.io", "million-requests", [(0, None)]),
        "t_unlimited.cpu_credit": ("cpu_credit", "vCPU-hour", [(0, None)]),
        "nat_gateway": ("nat_gateway", "hour", [(0, None)]), "nat_gateway.data": ("nat_gateway.data", "GB", [(0, None)]),
        "alb": ("load_balancer.application", "hour", [(0, None)]), "alb.lcu": ("load_balancer.application.unit", "LCU-hour", [(0, None)]),
        "nlb": ("load_balancer.network", "hour", [(0, None)]), "nlb.lcu": ("load_balancer.network.unit", "LCU-hour", [(0, None)]),
        "public_ipv4": ("ipv4.public", "hour", [(0, None)]),
        "ec2.detailed_monitoring": ("monitoring", "metric-month", [(0, None)]),
    }
    rates = []
    for r in table(data / "aws-storage.csv"):
        item, unit, tiers = names[r["item"]]
        for i, (start, price) in enumerate(tiers):
            end = tiers[i + 1][0] if i + 1 < len(tiers) else None
            source = PUBLISHED if "published" in r["note"] else FIXTURES
            rates.append([r["region"], item, unit, start, end, whole(price or r["usd"], 10**9) if price != "0" else 0, source])
    for r in table(data / "aws-data-transfer.csv"):
        source = PUBLISHED if (r["region"], r["from_gb_month"]) == ("us-east-1", "153600") else FIXTURES
        rates.append([r["region"], "transfer." + r["destination"], "GB", number(r["from_gb_month"]),
                      number(r["to_gb_month"]) if r["to_gb_month"] else None, whole(r["usd_per_gb"], 10**9), source])
    return rates


def aws_options(data):
    options = [dict(purchase="on-demand", os="linux", price="linux", info="linux_info")]
    options += [dict(purchase="on-demand", os=os, price=os, source=VANTAGE) for os in ("windows", "rhel", "suse", "ubuntu-pro")]
    options += [dict(purchase="spot", os=os, price=f"spot_{os}", info=f"spot_{os}_info") for os in ("linux", "windows")]
    multipliers = {(r["offering"], r["term_years"], r["payment"]): r["multiplier_vs_std_all_upfront"]
                   for r in table(data / "aws-reserved-multipliers.csv") if not r["multiplier_vs_std_all_upfront"].startswith("=")}
    plans = (("standard", "reserved", "standard_ri"), ("convertible", "reserved", "convertible_ri"),
             ("instance-plan", "savings-plan", "standard_ri"), ("compute-plan", "savings-plan", "convertible_ri"))
    for offering, purchase, like in plans:
        for years in (1, 3):
            for payment in ("all_upfront", "partial_upfront", "no_upfront"):
                ratio = whole(multipliers[like, str(years), payment], 10**4)
                source = LIKE_RESERVED if purchase == "savings-plan" else UPFRONT if ratio == 10**4 else MULTIPLIED
                options.append(dict(purchase=purchase, os="linux", upfront=f"upfront_{years}y", source=source, offering=offering,
                                    years=years, payment=payment.replace("_", "-"), ratio=ratio))
    return options


def upfront(text, hours):
    """The sum behind an effective hourly price given to six digits: whole dollars, as published."""
    if not text:
        return 0
    total = decimal.Decimal(text) * hours
    dollars = int(total.to_integral_value())
    if abs(total - dollars) > decimal.Decimal("0.0000005") * hours:
        raise SystemExit(f"{text} x {hours}: is no whole number of dollars")
    return dollars


def aws(data):
    key = lambda r: (r["region"], r["type"])
    info = lambda source, what=OFFERED: what + 8 * source
    types = aws_types(table(data / "aws-instance-types.csv"))
    macs = {t["name"] for t in types if t["name"].startswith("mac")}  # dedicated hosts only: no price to take
    linux, linux_info = {}, {}
    zones = {key(r): sum(1 << (ord(z) - ord("a")) for z in r["az_suffixes"])
             for r in table(data / "aws-az-offerings.csv") if r["type"] not in macs}
    for k in zones:
        linux_info[k] = info(INDEXED)  # there to be had, at no price that is known
    for r in table(data / "aws-ondemand.csv"):
        linux[key(r)] = whole(r["usd_per_hour"])
        metal = "metal" in r["type"]
        linux_info[key(r)] = info(VANTAGE if r["src"] == "v" else DEDICATED if metal else KARPENTER)
    china = table(data / "aws-ondemand-cn.csv")
    for r in china:
        linux[key(r)], linux_info[key(r)] = whole(r["cny_per_hour"]), info(CHINA)
    columns = {"linux": ("u32", linux), "linux_info": ("u8", linux_info), "zones": ("u8", zones)}
    licensed = table(data / "aws-ondemand-os.csv")
    for os, name in (("windows", "windows"), ("rhel", "rhel"), ("suse", "suse"), ("ubuntu-pro", "ubuntu_pro")):
        columns[os] = ("u32", {key(r): whole(r[name]) for r in licensed})
    spot = table(data / "aws-spot.csv")
    for os in ("linux", "windows"):
        mine = [r for r in spot if r["os"] == os]
        columns[f"spot_{os}"] = ("u32", {key(r): whole(r["spot_usd_per_hour"]) for r in mine})
        columns[f"spot_{os}_info"] = ("u8", {key(r): info(
            ESTIMATED if r["spot_src"] == "e" else OBSERVED, 1 + int(r["interruption_band"]) if r["interruption_band"] else OFFERED) for r in mine})
    reserved = table(data / "aws-reserved.csv")
    for years, hours in ((1, 8760), (3, 26280)):
        columns[f"upfront_{years}y"] = ("u32", {key(r): upfront(r[f"std_{years}y_all_upfront_usd_per_hour"], hours) for r in reserved})
    keys = sorted({k for _, values in columns.values() for k in values})
    regions = [dict(name=r["region"], kind=r["kind"], parent=r["parent_region"], currency="USD", index=r["index_median"] or "nan")
               for r in table(data / "aws-regions.csv")]
    regions += [dict(name=n, kind="region", parent=n, currency="CNY", index="nan") for n in sorted({r["region"] for r in china})]
    regions.sort(key=lambda r: r["name"])
    out = Writer(dict(provider="aws", base_region="us-east-1", estimate_source=INDEXED, interruption_as_of="2025-06-28",
                      interruption_month=BANDS, sources=AWS_SOURCES, options=aws_options(data), rates=aws_rates(data)))
    write_types(out, types)
    write_regions(out, regions)
    write_rows(out, keys, regions, types, columns)
    return out


# --- GCE ---------------------------------------------------------------------------------------------

def gce(data):
    sources = [("Google Cloud price list by Cyclenerd fd66b26", "2026-07-30", "list"),
               ("Google Cloud spot price list by Cyclenerd fd66b26", "2026-07-30", "list"),
               ("Google Cloud commitment price list by Cyclenerd fd66b26: month / 730 h", "2026-07-30", "list")]
    types = []
    for r in sorted(table(data / "gce-machine-types.csv"), key=lambda r: r["type"]):
        name, _, count = r["gpus"].partition(":")
        types.append(dict(name=r["type"], family=r["series"], arch="aarch64" if r["series"] in ("t2a", "c4a", "n4a") else "x86_64",
                          vcpus=r["vcpu"], memory_mib=float(r["memory_gb"]) * 1024, gpus=count or 0, units="nan", flexible=False,
                          details=details(gpu=name, local_storage_gb=number(r["local_ssd"] or 0), shared_cpu=r["shared_cpu"] == "1")))
    prices = table(data / "gce-prices.csv")
    columns = {name: ("u32", {(r["region"], r["type"]): whole(r[f"{name}_usd_per_hour"]) for r in prices})
               for name in ("ondemand", "spot", "cud1y", "cud3y")}
    columns["month"] = ("u32", {(r["region"], r["type"]): whole(r["sud_month_usd"], 10**4) for r in prices})
    options = [dict(purchase="on-demand", os="linux", price="ondemand", source=0), dict(purchase="spot", os="linux", price="spot", source=1)]
    options += [dict(purchase="reserved", os="linux", price=f"cud{y}y", source=2, offering="commitment", years=y, payment="no-upfront") for y in (1, 3)]
    regions = [dict(name=r["region"], kind="region", parent=r["region"], currency="USD", index=r["index_median_vs_us_central1"])
               for r in sorted(table(data / "gce-regions.csv"), key=lambda r: r["region"])]
    rates = [[r["region"], "storage." + r["disk"], "GB-month", 0, None, whole(r["usd_per_gb_month"], 10**9), 0]
             for r in table(data / "gce-storage.csv")]
    out = Writer(dict(provider="gce", base_region="us-central1", sources=sources, options=options, rates=rates))
    write_types(out, types)
    write_regions(out, regions)
    write_rows(out, sorted((r["region"], r["type"]) for r in prices), regions, types, columns)
    return out


# --- Azure -------------------------------------------------------------------------------------------

def azure(data):
    sources = [("Azure retail prices by Karpenter for Azure 352646f2", "2026-06-18", "list")]
    prices = table(data / "azure-ondemand.csv.gz")
    known = {r["type"]: r for r in table(data / "azure-instance-types.csv")}
    types = []
    for name in sorted(known.keys() | {r["type"] for r in prices}):
        r = known.get(name, {})
        memory = r.get("memory_mib", "0")  # 0 of Standard_B1ls: less than the table can say
        types.append(dict(name=name, family=r.get("sku_family", ""), arch={"amd64": "x86_64", "arm64": "aarch64"}.get(r.get("arch"), ""),
                          vcpus=r.get("vcpu") or "nan", memory_mib=memory if float(memory) > 0 else "nan", gpus=r.get("gpu_count") or "nan",
                          units="nan", flexible=False, details=""))
    columns = {"ondemand": ("u32", {(r["region"], r["type"]): whole(r["usd_per_hour"]) for r in prices})}
    regions = [dict(name=r["region"], kind="region", parent=r["region"], currency="USD", index=r["index_median_vs_eastus"])
               for r in sorted(table(data / "azure-regions.csv"), key=lambda r: r["region"])]
    out = Writer(dict(provider="azure", base_region="eastus", sources=sources, rates=[],
                      options=[dict(purchase="on-demand", os="linux", price="ondemand", source=0)]))
    write_types(out, types)
    write_regions(out, regions)
    write_rows(out, sorted((r["region"], r["type"]) for r in prices), regions, types, columns)
    return out


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    makers = dict(aws=aws, gce=gce, azure=azure)
    for name in sys.argv[2:] or makers:
        makers[name](pathlib.Path(sys.argv[1])).write(HERE.parent / name / f"{name}.catalogue")


main()
