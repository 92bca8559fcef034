-- GET of the 20 invoices of one team that follow another one, at random among the ids in the file that the first argument
-- names, with the bearer token of that team.
dofile(debug.getinfo(1, "S").source:match("^@(.*)cursor%.lua$") .. "common.lua")
wrk.headers["Authorization"] = "Bearer " .. os.getenv("BILLING_TOKEN")

local requests

function init(args)
    requests = requests_for(args[1], "/billing/v1/invoices?limit=20&startingAfter=")
end

function request()
    return requests[math.random(#requests)]
end
