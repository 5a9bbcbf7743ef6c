-- Every limit of a channel can be said anew for one inbox, as `limit.KEY` among its settings. The settings that two channels
-- had of their own for this are among them now; a value that says no more than the manifest goes.

update inbox set settings = settings - 'text_limit' || case
    when settings ->> 'text_limit' ~ '^[1-9][0-9]{1,3}$' and settings ->> 'text_limit' <> '1000'
    then jsonb_build_object('limit.sends.text.characters', settings ->> 'text_limit',
      'limit.sends.choices.characters', settings ->> 'text_limit')
    else '{}'::jsonb end
  where channel = 'kakao' and settings ? 'text_limit';

update inbox i set settings = i.settings - array['window_hours', 'window_replies', 'mention_replies'] || coalesce((
    select jsonb_object_agg(format('limit.reply_windows.%s.%s', said.by, said.what), said.value)
    from (
      select w.by, 'seconds' as what, ((i.settings ->> 'window_hours')::integer * 3600)::text as value
        from unnest(array['message', 'follow', 'scan', 'menu_tap', 'mention']) as w(by)
        where i.settings ->> 'window_hours' ~ '^[1-9][0-9]{0,2}$' and i.settings ->> 'window_hours' <> '48'
      union all
      select w.by, 'replies', i.settings ->> 'window_replies'
        from unnest(array['message', 'follow', 'scan', 'menu_tap']) as w(by)
        where i.settings ->> 'window_replies' ~ '^[0-9]{1,3}$' and i.settings ->> 'window_replies' <> '0'
      union all
      select 'mention', 'replies', i.settings ->> 'mention_replies'
        where i.settings ->> 'mention_replies' ~ '^[0-9]{1,3}$' and i.settings ->> 'mention_replies' <> '1'
    ) said), '{}'::jsonb)
  where i.channel = 'weibo' and i.settings ?| array['window_hours', 'window_replies', 'mention_replies'];
