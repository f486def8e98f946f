-- SPDX-License-Identifier: MIT
create table t(a integer primary key, b text);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000)
insert into t select i, 'row ' || i from n;
select count(*), sum(length(b)) from t;
