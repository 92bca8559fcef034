# Shares by kind of work and process. First file: "PID NAME" a line; second: perf's samples, "PID ADDRESS SYMBOL (LIBRARY)".
# A symbol counts for the name that stands first in it: a std::function around a function of ours is ours. Prints the rows of
# a table, then the costliest functions of the services, each on a line that begins with "#".

BEGIN {
    kinds = split("kernel|HTTP|JSON|gRPC|protobuf|SQL client|PostgreSQL|memory allocation|hashing and TLS|event loop|" \
        "the services' own code|copying and the rest", kind, "|")
    # Longer names that begin alike stand first.
    # What edge appends is an answer in JSON; what libs/stripe does is reading Stripe's.
    names = split("boost::beast=HTTP quittance::http=HTTP boost::json=JSON quittance::edge::append=JSON quittance::stripe::=JSON " \
        "quittance::rpc=gRPC grpc=gRPC absl::=gRPC google::protobuf=protobuf quittance::v1=protobuf " \
        "pqxx::=SQL_client quittance::postgres=SQL_client boost::asio=event_loop quittance::=the_services'_own_code", name, " ")
    columns = split("edge store ingester gateway PostgreSQL", column, " ")
}

FNR == NR { process[$1] = $2; next }

!($1 in process) { next }

{
    library = $NF
    symbol = $3
    for (i = 4; i < NF; ++i) symbol = symbol " " $i
    gsub(/\(anonymous namespace\)::/, "", symbol)
    what = kind_of(process[$1], symbol, library)
    ++count[what, process[$1]]
    ++total
    if (what != "kernel" && what != "PostgreSQL" && symbol !~ /unknown/) ++cost[process[$1] ": " symbol]
}

END {
    if (!total) total = 1
    for (i = 1; i <= kinds; ++i) print_row(kind[i], kind[i])
    print_row("all", "")
    print_costliest(10)
}

function print_costliest(most,    who, best) {
    while (most-- > 0) {
        best = ""
        for (who in cost) if (best == "" || cost[who] > cost[best]) best = who
        if (best == "") return
        printf "#%s %.1f\n", best, 100 * cost[best] / total
        delete cost[best]
    }
}

# what is "" for all kinds together.
function print_row(label, what,    c, sum, line) {
    line = label
    for (c = 1; c <= columns; ++c) {
        line = line "|" share(what, column[c])
        sum += samples(what, column[c])
    }
    if (sum) printf "%s|%.1f\n", line, 100 * sum / total
}

function share(what, who,    n) {
    n = samples(what, who)
    return n ? sprintf("%.1f", 100 * n / total) : ""
}

function samples(what, who,    i, n) {
    if (what != "") return count[what, who]
    for (i = 1; i <= kinds; ++i) n += count[kind[i], who]
    return n
}

function kind_of(who, symbol, library) {
    if (library ~ /kernel\.kallsyms|\[vdso\]|\.ko\)/) return "kernel"
    if (who == "PostgreSQL") return "PostgreSQL"
    if (library ~ /libcrypto|libssl|libjose/) return "hashing and TLS"
    if (library ~ /libgrpc|libgpr|libabsl|libcares|libupb|libaddress_sorting/) return "gRPC"
    if (library ~ /libprotobuf/) return "protobuf"
    if (library ~ /libpq/) return "SQL client"
    if (library ~ /libboost_json/) return "JSON"
    if (symbol ~ /^(malloc|free|cfree|calloc|realloc|_int_|unlink_chunk|sysmalloc|tcache|__libc_(malloc|free|calloc))/ ||
        symbol ~ /^operator (new|delete)/) return "memory allocation"
    return kind_of_name(symbol)
}

function kind_of_name(symbol,    i, at, first, found, pair) {
    found = "copying and the rest"
    for (i = 1; i <= names; ++i) {
        split(name[i], pair, "=")
        at = index(symbol, pair[1])
        if (at && (!first || at < first)) {
            first = at
            found = pair[2]
        }
    }
    gsub("_", " ", found)
    return found
}
