/* SPDX-License-Identifier: MIT */
/* /proc/PID/net: how many sockets there are, and what Linux counts of packets: nobody does here. */
#include "proc_net.h"

int proc_show_sockstat(struct text *out, const struct pseudo_key *key)
{
    const unsigned tcp = proc_count_sockets("tcp"), udp = proc_count_sockets("udp");
    const unsigned others = proc_count_sockets("tcp6") + proc_count_sockets("udp6") + proc_count_sockets("unix");
    (void)key;
    text_add(out, "sockets: used %u\nTCP: inuse %u orphan 0 tw 0 alloc %u mem 0\nUDP: inuse %u mem 0\n",
             tcp + udp + others, tcp, tcp, udp);
    text_add(out, "UDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n");
    return 0;
}

int proc_show_sockstat6(struct text *out, const struct pseudo_key *key)
{
    (void)key;
    text_add(out, "TCP6: inuse %u\nUDP6: inuse %u\n", proc_count_sockets("tcp6"), proc_count_sockets("udp6"));
    text_add(out, "UDPLITE6: inuse 0\nRAW6: inuse 0\nFRAG6: inuse 0 memory 0\n");
    return 0;
}

/* Two lines: names, and their values. Of those that are not given here there have been none.
 * names  each with a blank before it */
struct counts {
    const char *protocol, *names, *given;
};

static void add_counts(struct text *out, const struct counts *counts)
{
    unsigned missing = 0;
    for (const char *at = counts->names; *at; at++)
        missing += *at == ' ';
    for (const char *at = counts->given; *at; at++)
        missing -= *at == ' ';
    text_add(out, "%s:%s\n%s:%s", counts->protocol, counts->names, counts->protocol, counts->given);
    while (missing-- > 0)
        text_add(out, " 0");
    text_add(out, "\n");
}

static int show_counts(struct text *out, const struct counts *all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_counts(out, &all[i]);
    return 0;
}

#define UDP_NAMES                                                                                                      \
    " InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors IgnoredMulti MemErrors"

int proc_show_snmp(struct text *out, const struct pseudo_key *key)
{
    static const struct counts all[] = {
        {"Ip",
         " Forwarding DefaultTTL InReceives InHdrErrors InAddrErrors ForwDatagrams InUnknownProtos InDiscards "
         "InDelivers"
         " OutRequests OutDiscards OutNoRoutes ReasmTimeout ReasmReqds ReasmOKs ReasmFails FragOKs FragFails "
         "FragCreates"
         " OutTransmits",
         " 2 64"},
        {"Icmp",
         " InMsgs InErrors InCsumErrors InDestUnreachs InTimeExcds InParmProbs InSrcQuenchs InRedirects InEchos"
         " InEchoReps InTimestamps InTimestampReps InAddrMasks InAddrMaskReps OutMsgs OutErrors OutRateLimitGlobal"
         " OutRateLimitHost OutDestUnreachs OutTimeExcds OutParmProbs OutSrcQuenchs OutRedirects OutEchos OutEchoReps"
         " OutTimestamps OutTimestampReps OutAddrMasks OutAddrMaskReps",
         ""},
        {"Tcp",
         " RtoAlgorithm RtoMin RtoMax MaxConn ActiveOpens PassiveOpens AttemptFails EstabResets CurrEstab InSegs "
         "OutSegs"
         " RetransSegs InErrs OutRsts InCsumErrors",
         " 1 200 120000 -1"},
        {"Udp", UDP_NAMES, ""},
        {"UdpLite", UDP_NAMES, ""},
    };
    (void)key;
    return show_counts(out, all, array_count(all));
}

int proc_show_netstat(struct text *out, const struct pseudo_key *key)
{
    static const struct counts all[] = {
        {"TcpExt",
         " SyncookiesSent SyncookiesRecv SyncookiesFailed EmbryonicRsts PruneCalled RcvPruned OfoPruned TW TWRecycled"
         " TWKilled PAWSActive PAWSEstab DelayedACKs DelayedACKLocked DelayedACKLost ListenOverflows ListenDrops"
         " TCPTimeouts",
         ""},
        {"IpExt",
         " InNoRoutes InTruncatedPkts InMcastPkts OutMcastPkts InBcastPkts OutBcastPkts InOctets OutOctets "
         "InMcastOctets"
         " OutMcastOctets InBcastOctets OutBcastOctets InCsumErrors InNoECTPkts InECT1Pkts InECT0Pkts InCEPkts"
         " ReasmOverlaps",
         ""},
    };
    (void)key;
    return show_counts(out, all, array_count(all));
}
